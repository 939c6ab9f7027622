import { CliError } from './errors.ts'

/** Error codes of node and its libraries for programming errors. */
const OF_PROGRAMS = /^(?:ERR_|HPE_|UND_ERR_)/
const MAX_CAUSES = 8

/** Wraps an error without a code as a bug report. */
export function asUnexpected(error: unknown): unknown {
  if (isForeseen(error)) return error
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return new CliError('CLI_UNEXPECTED', `Cannot continue: unexpected error (a bug in tsbuild): ${message}`, {
    hint: 'Repeat the command with --debug and report its output: see "Report a problem" in README.md',
    cause: error,
  })
}

function isForeseen(error: unknown, depth = 0): boolean {
  if (!(error instanceof Error) || depth === MAX_CAUSES) return false
  const isCoded = 'code' in error && typeof error.code === 'string' && !OF_PROGRAMS.test(error.code)
  return isCoded || error.name === 'AbortError' || isForeseen(error.cause, depth + 1)
}
