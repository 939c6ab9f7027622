import type { Diagnostic, SourceRange } from '../../parser/index.ts'

export interface Problem {
  readonly code: PlanCode
  readonly range: SourceRange
  readonly message: string
  readonly hint?: string | undefined
}

/** All codes that planning reports, explained in the README. */
export const PLAN_CODES = [
  'PLAN_TARGET_UNKNOWN',
  'PLAN_STAGE_UNKNOWN',
  'PLAN_STAGE_SELF',
  'PLAN_STAGE_FORWARD',
  'PLAN_STAGE_CYCLE',
  'PLAN_BASE_EMPTY',
  'PLAN_BASE_INVALID',
  'PLAN_PLATFORM_INVALID',
  'PLAN_EXPANSION',
  'PLAN_FLAG_VALUE',
  'PLAN_MOUNT_INVALID',
  'PLAN_SOURCE_INVALID',
  'PLAN_HEREDOC_INVALID',
  'PLAN_VALUE_INVALID',
  'PLAN_ONBUILD_INVALID',
  'PLAN_EPOCH_INVALID',
] as const

export type PlanCode = (typeof PLAN_CODES)[number]

/** Collects the problems of a plan. Planning continues after an error, so that all are reported at once. */
export interface Problems {
  error(problem: Problem): void
  /** Reports problems found during `work` at `range`, because their text is not in the file (triggers of a base). */
  within(range: SourceRange, work: () => void): void
  readonly hasErrors: boolean
  readonly all: readonly Diagnostic[]
}

export function createProblems(): Problems {
  const all: Diagnostic[] = []
  let rangeInFile: SourceRange | undefined
  return {
    error,
    within,
    get hasErrors() {
      return all.length > 0
    },
    all,
  }

  function error({ code, range, message, hint }: Problem): void {
    all.push({ code, severity: 'error', message, ...(hint !== undefined && { hint }), range: rangeInFile ?? range })
  }

  function within(range: SourceRange, work: () => void): void {
    const outer = rangeInFile
    rangeInFile = range
    work()
    rangeInFile = outer
  }
}
