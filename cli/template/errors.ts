import { CliError } from '../errors.ts'

/** Deeper nesting is a mistake, or an attack on the stack. */
export const MAX_DEPTH = 100

/** A template that can't be read, or does not fit its values. */
export function templateError(template: string, found: string, hint?: string): CliError {
  return new CliError('CLI_TEMPLATE', `Cannot use the format "${template}": ${found}`, { hint })
}
