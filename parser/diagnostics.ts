import type { SourceRange } from './ast.ts'

/** A problem in a text. Returned by the parser and planner, never thrown. */
export interface Diagnostic {
  /** Stable code, such as `PARSE_UNKNOWN_INSTRUCTION`. */
  readonly code: string
  readonly severity: 'error' | 'warning'
  /** `Cannot <do what> "<object>": <found> (<needed>)`, no full stop. */
  readonly message: string
  /** How to fix it, such as `Did you mean "RUN"?`. */
  readonly hint?: string
  readonly range: SourceRange
  /** For findings of build checks: the range that docker reports, usually the whole instruction. */
  readonly instructionRange?: SourceRange
  /** For findings of build checks: the sentence that states the rule. */
  readonly rule?: string
  /** BuildKit detects it only during planning: earlier requests about the file still succeed. */
  readonly isLate?: true
}

/** Collects a diagnostic. */
export type Report = (diagnostic: Diagnostic) => void

export interface Problem extends Pick<Diagnostic, 'code' | 'message' | 'range'> {
  readonly hint?: string | undefined
}

export function problem({ code, message, range, hint }: Problem): Diagnostic {
  return { code, severity: 'error', message, range, ...(hint !== undefined && { hint }) }
}
