import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { extract, type Header } from 'tar-stream'
import type { Chain, LayerStore } from '../../layer-store/index.ts'
import type { TreeWork } from '../../sandbox-native/driver/index.ts'

export interface ComparedFile {
  readonly type: string
  readonly sizeBytes: number
  /** Comparable properties by name, such as `content`. */
  readonly facts: Readonly<Record<string, string>>
}

export interface ListParts {
  readonly store: LayerStore
  readonly trees: Pick<TreeWork, 'flatten'>
}

/** The files of a chain as a container sees them, by path, without times, which change in every build. */
export async function listFiles(
  { store, trees }: ListParts,
  chain: Chain,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, ComparedFile>> {
  const temporary = store.blobs.temporaryPath()
  try {
    const layers = await store.layers.forms(chain, signal)
    await trees.flatten({ layers, output: { kind: 'tar', path: temporary } }, signal)
    return await readTar(temporary, signal)
  } finally {
    await rm(temporary, { force: true })
  }
}

async function readTar(path: string, signal: AbortSignal | undefined): Promise<ReadonlyMap<string, ComparedFile>> {
  const files = new Map<string, ComparedFile>()
  const untar = extract()
  const read = async (): Promise<void> => {
    for await (const entry of untar) {
      const hash = createHash('sha256')
      for await (const chunk of entry) hash.update(chunk as Uint8Array) // no encoding was set
      const name = `/${entry.header.name.replace(/^\.?\/|\/$/g, '')}`
      files.set(name, describe(entry.header, hash.digest('hex'), files))
    }
  }
  await Promise.all([read(), pipeline(createReadStream(path), untar, { ...(signal !== undefined && { signal }) })])
  return files
}

/** A hard link is compared as its target, whichever of the two comes first in the archive. */
function describe(header: Header, digest: string, files: ReadonlyMap<string, ComparedFile>): ComparedFile {
  const type = header.type ?? 'file'
  const target = type === 'link' ? files.get(`/${(header.linkname ?? '').replace(/^\.?\//, '')}`) : undefined
  if (target !== undefined) return { ...target, sizeBytes: 0 }
  const attributes = Object.entries(header.pax ?? {}).filter(([key]) => key.startsWith('SCHILY.xattr.'))
  return {
    type,
    sizeBytes: header.size ?? 0,
    facts: {
      content: type === 'symlink' ? (header.linkname ?? '') : digest,
      mode: (header.mode ?? 0).toString(8).padStart(4, '0'),
      owner: `${header.uid}:${header.gid}`,
      attributes: JSON.stringify(attributes.sort()),
      ...(header.devmajor !== undefined && { device: `${header.devmajor}:${header.devminor}` }),
    },
  }
}
