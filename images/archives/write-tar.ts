import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Pack, pack } from 'tar-stream'
import { settleBoth } from './settle-both.ts'

export interface TarFile {
  readonly name: string
  readonly sizeBytes: number
  readonly open: () => Readable
}

/** Writes a tar with what `fill` adds to it. */
export async function writeTar(
  output: Writable,
  fill: (archive: TarWriter) => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const archive = ignoringErrors(pack())
  // Convert to a stream of node's own: those of streamx ignore `end: false`.
  const written = pipeline(Readable.from(archive, { objectMode: false }), output, {
    end: false,
    ...(signal !== undefined && { signal }),
  })
  const filled = fillAll(archive, fill).catch((error: Error) => {
    archive.destroy(error)
    throw error
  })
  // Fails if a file cannot be read or the output cannot be written.
  await settleBoth(filled, written)
}

export interface TarWriter {
  addDirectory(name: string): void
  addDocument(name: string, text: string): void
  addFile(file: TarFile): Promise<void>
}

async function fillAll(archive: Pack, fill: (archive: TarWriter) => Promise<void>): Promise<void> {
  await fill({
    addDirectory: (name) => ignoringErrors(archive.entry({ ...entryOf(name), type: 'directory', mode: 0o755 })),
    addDocument: (name, text) => ignoringErrors(archive.entry(entryOf(name), text)),
    addFile: async ({ name, sizeBytes, open }) => {
      await pipeline(open(), archive.entry({ ...entryOf(name), size: sizeBytes }))
    },
  })
  archive.finalize()
}

/** Adds an error listener: all streams fail together, and those that nothing awaits would otherwise end the process. */
function ignoringErrors<Stream extends { on(event: 'error', listener: () => void): unknown }>(stream: Stream): Stream {
  stream.on('error', () => {})
  return stream
}

/** Reproducible: without times and owners. */
function entryOf(name: string) {
  return { name, mode: 0o644, uid: 0, gid: 0, mtime: new Date(0) }
}
