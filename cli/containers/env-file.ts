import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Io } from '../command.ts'
import { CliError, usageError } from '../errors.ts'

/** The lines of an `--env-file`: `KEY=value`, or `KEY` for the value here. SPEC: docker run --env-file */
export function readEnvFile(file: string, io: Io): readonly string[] {
  return readLines(file, io)
    .map((line) => line.trimStart())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const key = line.split('=', 1)[0] ?? ''
      if (key === '' || /\s/.test(key)) throw usageError(`Cannot read "${file}": "${key}" is no name of a variable`)
      return line
    })
}

function readLines(file: string, io: Io): readonly string[] {
  try {
    return readFileSync(resolve(io.cwd, file), 'utf8')
      .replace(/^\ufeff/, '')
      .split(/\r?\n/)
  } catch (cause) {
    throw new CliError('CLI_INPUT_MISSING', `Cannot read the variables in "${file}": ${(cause as Error).message}`, {
      cause,
    })
  }
}
