import type { Writable } from 'node:stream'

const watched = new WeakSet<Writable>()

/** `tsbuild image ls | head -1`: a reader that has seen enough is no failure of the program, which ends with 0. */
export function endingQuietly<T extends Writable>(stream: T): T {
  if (watched.has(stream)) return stream
  watched.add(stream)
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit(0)
  })
  return stream
}
