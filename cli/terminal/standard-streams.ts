import type { Writable } from 'node:stream'
import { exitCodes } from '../exit-codes.ts'

/**
 * Standard output and error of this process. Each is opened on first use: that takes a millisecond of start-up time.
 */
export interface StandardStreams {
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  /** Resolves once the reader has received everything written so far, or no longer can. */
  taken(): Promise<void>
  /** The exit code of a completed command, replaced if a stream failed. */
  exitCode(ofCommand: number): number
}

export const ENDED_BY_SIGPIPE = 141

/**
 * A reader that closes standard output has seen enough (`tsbuild image ls | head -1`): not a failure. One that closes
 * standard error would miss the error (`tsbuild . 2>&1 | head -1`): exit code 141, as after SIGPIPE. Any other failure
 * of standard output, such as a full disk, is an error; for standard error it is ignored. `onFailed` is called once.
 */
export function openStandardStreams(onFailed: (exitCode: number) => void): StandardStreams {
  const opened = new Set<Writable>()
  let failedWith: number | undefined
  const fail = (exitCode: number) => {
    if (failedWith !== undefined) return
    failedWith = exitCode
    onFailed(exitCode)
  }
  const open = <T extends Writable>(stream: T, onError: (error: NodeJS.ErrnoException) => void): T => {
    if (!opened.has(stream)) stream.on('error', onError)
    opened.add(stream)
    return stream
  }
  const streams = {
    get stdout() {
      return open(process.stdout, (error) => {
        if (error.code === 'EPIPE') return fail(exitCodes.ok)
        if (failedWith === undefined) streams.stderr.write(`ERROR: Cannot write to standard output: ${error.message}\n`)
        fail(exitCodes.cannotWrite)
      })
    },
    get stderr() {
      return open(process.stderr, (error) => {
        if (error.code === 'EPIPE') fail(ENDED_BY_SIGPIPE)
      })
    },
    taken: async () => {
      await Promise.all([...opened].map(flushed))
      await new Promise((resolve) => setImmediate(resolve)) // a failed write emits its error a turn later
    },
    exitCode: (ofCommand: number) => failedWith || ofCommand,
  }
  return streams
}

function flushed(stream: Writable): Promise<void> {
  if (stream.destroyed || stream.writableLength === 0) return Promise.resolve()
  return new Promise((resolve) => stream.write('', () => resolve()))
}
