import { CliError } from '../errors.ts'

/** Deeper nesting is a mistake, or an attack on the stack. */
export const MAX_DEPTH = 100

/** A template that cannot be parsed, or does not match its values. */
export function templateError(template: string, found: string, hint?: string): CliError {
  return new CliError('CLI_TEMPLATE', `Cannot use the format "${template}": ${found}`, { hint })
}
