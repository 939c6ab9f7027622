import { CliError } from '../errors.ts'

/** A shell may be in a directory that someone has removed. */
export function currentDirectory(): string {
  try {
    return process.cwd()
  } catch (cause) {
    const message = 'Cannot read the current directory: it no longer exists'
    throw new CliError('CLI_INPUT_MISSING', message, { hint: 'Change to another one: cd /', cause })
  }
}
