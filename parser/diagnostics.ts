import type { SourceRange } from './ast.ts'

/** What is wrong with a text. Returned by the parser and the planner, never thrown. */
export interface Diagnostic {
  /** Stable code, such as `PARSE_UNKNOWN_INSTRUCTION`. */
  readonly code: string
  readonly severity: 'error' | 'warning'
  /** `Cannot <do what> "<object>": <found> (<needed>)`, no full stop. */
  readonly message: string
  /** What to do about it, such as `Did you mean "RUN"?`. */
  readonly hint?: string
  readonly range: SourceRange
  /** Of a build check's finding: what docker points to for it, mostly the whole instruction. */
  readonly instructionRange?: SourceRange
  /** BuildKit finds it only when it plans: what it asks of the file before still has an answer. */
  readonly isLate?: true
}

/** Takes a diagnostic to where they are gathered. */
export type Report = (diagnostic: Diagnostic) => void

export function problem(code: string, message: string, range: SourceRange, hint?: string): Diagnostic {
  return { code, severity: 'error', message, range, ...(hint !== undefined && { hint }) }
}

export function warning(code: string, message: string, range: SourceRange, hint?: string): Diagnostic {
  return { code, severity: 'warning', message, range, ...(hint !== undefined && { hint }) }
}
