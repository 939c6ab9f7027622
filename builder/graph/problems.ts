import type { Diagnostic, SourceRange } from '../../parser/index.ts'

export interface Problem {
  readonly code: PlanCode
  readonly range: SourceRange
  readonly message: string
  readonly hint?: string | undefined
}

/** Every code that planning reports. */
export type PlanCode =
  | 'PLAN_TARGET_UNKNOWN'
  | 'PLAN_STAGE_UNKNOWN'
  | 'PLAN_STAGE_SELF'
  | 'PLAN_STAGE_FORWARD'
  | 'PLAN_STAGE_CYCLE'
  | 'PLAN_BASE_EMPTY'
  | 'PLAN_PLATFORM_INVALID'
  | 'PLAN_EXPANSION'
  | 'PLAN_FLAG_VALUE'
  | 'PLAN_FLAG_UNSUPPORTED'
  | 'PLAN_MOUNT_INVALID'
  | 'PLAN_SOURCE_INVALID'
  | 'PLAN_HEREDOC_INVALID'
  | 'PLAN_VALUE_INVALID'
  | 'PLAN_ONBUILD_INVALID'

/** Collects what is wrong with a plan. Planning goes on after an error, so that all of them are told at once. */
export interface Problems {
  error(problem: Problem): void
  warning(problem: Problem): void
  /** Places everything reported meanwhile at `range`: the text at fault is not part of the file (a trigger of a base). */
  within(range: SourceRange, work: () => void): void
  readonly hasErrors: boolean
  readonly all: readonly Diagnostic[]
}

export function createProblems(): Problems {
  const all: Diagnostic[] = []
  let place: SourceRange | undefined
  return {
    error: (problem) => add(problem, 'error'),
    warning: (problem) => add(problem, 'warning'),
    within,
    get hasErrors() {
      return all.some(({ severity }) => severity === 'error')
    },
    all,
  }

  function add({ code, range, message, hint }: Problem, severity: Diagnostic['severity']): void {
    all.push({ code, severity, message, ...(hint !== undefined && { hint }), range: place ?? range })
  }

  function within(range: SourceRange, work: () => void): void {
    const outer = place
    place = range
    work()
    place = outer
  }
}
