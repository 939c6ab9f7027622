import { accessSync, constants, createReadStream, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { describeFileError } from '../../layer-store/index.ts'
import type { Io } from '../command.ts'
import { CliError, usageError } from '../errors.ts'

/** A file named on the command line, or standard input for `undefined` and `-`. `what` is used in errors. */
export function openInput(io: Io, name: string | undefined, what: string): AsyncIterable<Uint8Array> {
  if (name === undefined || name === '-') {
    if (io.stdin.isTTY === true)
      throw usageError(`Cannot read ${what} from standard input: it is a terminal (use a file or a pipe)`)
    return io.stdin
  }
  const path = resolve(io.cwd, name)
  try {
    accessSync(path, constants.R_OK)
    if (!statSync(path).isDirectory()) return createReadStream(path)
  } catch (cause) {
    throw unreadable(what, name, describeFileError(cause))
  }
  throw unreadable(what, name, 'is a directory')
}

function unreadable(what: string, name: string, found: string): CliError {
  return new CliError('CLI_INPUT_MISSING', `Cannot read ${what} "${name}": ${found}`)
}
