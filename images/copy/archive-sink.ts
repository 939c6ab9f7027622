import { createReadStream } from 'node:fs'
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { LayerStore } from '../../layer-store/index.ts'
import { type TarWriter, writeTar } from '../archives/write-tar.ts'
import { toDestination } from '../files/destination.ts'
import type { CopySink } from './copy-sink.ts'
import { layoutSink } from './layout-sink.ts'

/**
 * A layout that is collected in the store and written as one tar at the end; the file appears complete or not at all.
 */
export async function archiveSink(
  store: LayerStore,
  { path, tag }: { readonly path: string; readonly tag?: string },
): Promise<CopySink> {
  const directory = store.blobs.temporaryPath()
  await mkdir(directory, { mode: 0o700 })
  const layout = await layoutSink({ path: directory, ...(tag !== undefined && { tag }) })
  return {
    ...layout,
    finish: async (top, signal) => {
      await layout.finish(top, signal)
      await toDestination(
        path,
        (output) => writeTar(output, (archive) => addLayout(archive, directory), signal),
        signal,
      )
    },
    close: () => rm(directory, { recursive: true, force: true }),
  }
}

async function addLayout(archive: TarWriter, directory: string): Promise<void> {
  for (const name of ['blobs', 'blobs/sha256']) archive.addDirectory(name)
  for (const name of (await readdir(join(directory, 'blobs/sha256'))).sort()) {
    const path = join(directory, 'blobs/sha256', name)
    const { size: sizeBytes } = await stat(path)
    await archive.addFile({ name: `blobs/sha256/${name}`, sizeBytes, open: () => createReadStream(path) })
  }
  for (const name of ['index.json', 'oci-layout'])
    archive.addDocument(name, await readFile(join(directory, name), 'utf8'))
}
