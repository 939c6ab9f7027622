import type { Writable } from 'node:stream'
import { exitCodes } from '../exit-codes.ts'

const watched = new WeakSet<Writable>()
const ENDED_BY_SIGPIPE = 141

/**
 * Standard output, whose failure ends the program. `tsbuild image ls | head -1`: a reader that has seen enough is no
 * failure, the program ends with 0. Anything else, such as a full disk, is one.
 */
export function endingWithReader<T extends Writable>(stdout: T): T {
  return onFailure(stdout, (error) => {
    if (error.code === 'EPIPE') process.exit(0)
    process.stderr.write(`ERROR: Cannot write to standard output: ${error.message}\n`)
    process.exit(exitCodes.cannotWrite)
  })
}

/**
 * Standard output as that of a container's command, which runs on when the reader leaves: to end with 0 would say that it
 * has succeeded.
 */
export function carryingCommand<T extends Writable>(stdout: T): T {
  stdout.prependListener('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(ENDED_BY_SIGPIPE) // before it ends with 0
  })
  return stdout
}

/**
 * Standard error. Where nobody hears what goes wrong (`tsbuild . 2>&1 | head -1`), ending with 0 would be a lie: it is
 * as if SIGPIPE had ended the program. Messages that can't be written for another reason stop nothing.
 */
export function endingUnheard<T extends Writable>(stderr: T): T {
  return onFailure(stderr, (error) => {
    if (error.code === 'EPIPE') process.exit(ENDED_BY_SIGPIPE)
  })
}

function onFailure<T extends Writable>(stream: T, act: (error: NodeJS.ErrnoException) => void): T {
  if (watched.has(stream)) return stream
  watched.add(stream)
  stream.on('error', act)
  return stream
}
