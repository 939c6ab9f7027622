import { CliError } from '../errors.ts'

/** The shell's directory may have been removed. */
export function currentDirectory(): string {
  try {
    return process.cwd()
  } catch (cause) {
    const message = 'Cannot read the current directory: it no longer exists'
    throw new CliError('CLI_INPUT_MISSING', message, { hint: 'Change to an existing directory: cd /', cause })
  }
}
