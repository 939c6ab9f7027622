import { createReadStream, statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Io } from '../command.ts'
import { CliError, usageError } from '../errors.ts'

/** A file named on the command line, or standard input for `undefined` and `-`. `what` is named in errors. */
export function openInput(io: Io, name: string | undefined, what: string): AsyncIterable<Uint8Array> {
  if (name === undefined || name === '-') {
    if (io.stdin.isTTY === true)
      throw usageError(`Cannot read ${what} from standard input: it is a terminal (use a file or a pipe)`)
    return io.stdin
  }
  const path = resolve(io.cwd, name)
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined)
    throw new CliError('CLI_INPUT_MISSING', `Cannot read ${what} "${name}": there is no such file`)
  if (stat.isDirectory()) throw new CliError('CLI_INPUT_MISSING', `Cannot read ${what} "${name}": it is a directory`)
  return createReadStream(path)
}
