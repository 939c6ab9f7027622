import { cleanText } from './clean-text.ts'
import type { PlainLogs } from './plain-logs.ts'
import type { BoardStep } from './step-board.ts'

/** The last lines of a failed step, which BuildKit repeats below its error. */
export function lastLines(step: BoardStep, logs: PlainLogs): string {
  const lines = logs.lastOf(step)
  return lines.length === 0 ? '' : `${['------', ` > ${titleOf(step)}:`, ...lines, '------'].join('\n')}\n`
}

export function titleOf(step: BoardStep): string {
  return cleanText(step.name).replaceAll('\n', ' ')
}
