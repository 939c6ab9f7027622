import { CliError } from '../errors.ts'

/** A shell may stand in a directory that somebody has removed. */
export function currentDirectory(): string {
  try {
    return process.cwd()
  } catch (cause) {
    const message = 'Cannot read the current directory: it no longer exists'
    throw new CliError('CLI_INPUT_MISSING', message, { hint: 'Change to another one: cd /', cause })
  }
}
