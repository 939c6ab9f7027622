import { CodedError } from '../errors/index.ts'

export type CliErrorCode =
  /** The command line is invalid: exit code 2. */
  | 'CLI_USAGE'
  /** Too few arguments, or too many: exit code 2. */
  | 'CLI_ARGUMENT_COUNT'
  /** A feature of docker that is not supported: exit code 2, with the reason. */
  | 'CLI_UNSUPPORTED'
  /** A file or directory named on the command line cannot be read. */
  | 'CLI_INPUT_MISSING'
  /** A file named on the command line cannot be written. */
  | 'CLI_OUTPUT_FAILED'
  /** The image, container or tag does not exist. */
  | 'CLI_NOT_FOUND'
  /** The command would remove more than requested. */
  | 'CLI_CONFLICT'
  /** A `--format` template is invalid or does not match its values. */
  | 'CLI_TEMPLATE'
  /** A password or name is required, or `-it` is given, but there is no terminal. */
  | 'CLI_NEEDS_TERMINAL'
  /** A bug: exit code 125. */
  | 'CLI_UNEXPECTED'

/** Failures of the command line itself. */
export class CliError extends CodedError<CliErrorCode> {
  override readonly name = 'CliError'
}

/** An invalid command line. */
export function usageError(message: string, hint?: string): CliError {
  return new CliError('CLI_USAGE', message, { hint })
}
