export type CliErrorCode =
  /** The command line can't be understood: exit code 2. */
  | 'CLI_USAGE'
  /** Too few arguments, or too many: exit code 2. */
  | 'CLI_ARGUMENT_COUNT'
  /** Docker has it, this program does not: exit code 2, with the reason. */
  | 'CLI_UNSUPPORTED'
  /** A file or directory named on the command line can't be read. */
  | 'CLI_INPUT_MISSING'
  /** A file named on the command line can't be written. */
  | 'CLI_OUTPUT_FAILED'
  /** No such image, container or tag. */
  | 'CLI_NOT_FOUND'
  /** It would remove more than requested. */
  | 'CLI_CONFLICT'
  /** A `--format` template is wrong or does not fit its values. */
  | 'CLI_TEMPLATE'
  /** A password or name is needed and no one can be asked. */
  | 'CLI_NEEDS_TERMINAL'
  /** A bug: exit code 125. */
  | 'CLI_UNEXPECTED'

/** Every failure of the command line itself that a user can meet. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly code: CliErrorCode
  readonly hint: string | undefined
  constructor(code: CliErrorCode, message: string, more: { hint?: string | undefined; cause?: unknown } = {}) {
    super(message, { cause: more.cause })
    this.code = code
    this.hint = more.hint
  }
}

/** A command line that can't be understood. */
export function usageError(message: string, hint?: string): CliError {
  return new CliError('CLI_USAGE', message, { hint })
}
