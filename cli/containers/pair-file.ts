import { resolve } from 'node:path'
import type { Io } from '../command.ts'
import { CliError, usageError } from '../errors.ts'
import { readInputFile } from '../read-input-file.ts'

/**
 * The lines of an `--env-file` or `--label-file`: `KEY=value`, or `KEY` alone, for which a variable has its value here.
 * SPEC: docker run --env-file
 */
export function readPairFile(file: string, io: Io): readonly string[] {
  return readLines(file, io)
    .map((line) => line.trimStart())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const key = line.split('=', 1)[0] ?? ''
      if (key === '') throw usageError(`Cannot read "${file}": the line "${line}" begins without a name`)
      if (/\s/.test(key)) throw usageError(`Cannot read "${file}": the name "${key}" contains white space`)
      return line
    })
}

function readLines(file: string, io: Io): readonly string[] {
  let bytes: Buffer
  try {
    bytes = readInputFile(resolve(io.cwd, file))
  } catch (cause) {
    throw new CliError('CLI_INPUT_MISSING', `Cannot read "${file}": ${(cause as Error).message}`, { cause })
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).split(/\r?\n/) // without a byte order mark
  } catch {
    throw usageError(`Cannot read "${file}": it is not UTF-8`)
  }
}
