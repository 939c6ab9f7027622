import { resolve } from 'node:path'
import { readNamedFile } from '../../layer-store/index.ts'
import type { Io } from '../command.ts'
import { CliError } from '../errors.ts'

interface SigningInput {
  /** `key`, `predicate`. */
  readonly what: string
  readonly path: string
  readonly maxBytes: number
}

/** The text of a file or pipe. SECURITY: a pipe without a writer or a device does not hold the command. */
export async function readSigningInput({ what, path, maxBytes }: SigningInput, io: Io): Promise<string> {
  try {
    return (await readNamedFile(resolve(io.cwd, path), { maxBytes })).toString('utf8')
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const found = code === 'ENOENT' ? 'there is no such file' : code === 'EACCES' ? 'permission denied' : message
    throw new CliError('CLI_INPUT_MISSING', `Cannot read ${what} "${path}": ${found}`, { cause })
  }
}
