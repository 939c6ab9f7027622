import type { BuildEvent } from '../request/builder.ts'
import { cleanKeepingColors } from './clean-text.ts'
import { createLogLines, type LogLines } from './log-lines.ts'
import { seconds } from './seconds.ts'
import type { BoardStep } from './step-board.ts'

/** Lines repeated for a failed step, since other steps' lines may be in between. */
const REPEATED_LINES = 10

/** Whole log lines of the steps, each with its time. */
export interface PlainLogs {
  push(step: BoardStep, event: Extract<BuildEvent, { kind: 'step-log' }>): readonly string[]
  /** The unfinished line, if any. */
  rest(step: BoardStep, atMs: number): readonly string[]
  /** The last lines returned. */
  lastOf(step: BoardStep): readonly string[]
}

export function createPlainLogs(): PlainLogs {
  const logs = new Map<number, LogLines>()
  const last = new Map<number, readonly string[]>()

  function timed(step: BoardStep, lines: readonly string[], atMs: number): readonly string[] {
    const texts = lines.map((line) => `${seconds(atMs - step.startedAtMs, 3)} ${cleanKeepingColors(line)}`)
    if (texts.length > 0) last.set(step.number, [...(last.get(step.number) ?? []), ...texts].slice(-REPEATED_LINES))
    return texts
  }

  return {
    push: (step, { stream, text, atMs }) => {
      const log = logs.get(step.number) ?? createLogLines('every')
      logs.set(step.number, log)
      return timed(step, log.push(stream, text), atMs)
    },
    rest: (step, atMs) => timed(step, logs.get(step.number)?.rest() ?? [], atMs),
    lastOf: (step) => last.get(step.number) ?? [],
  }
}
