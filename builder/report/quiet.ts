import { lastLines } from './last-lines.ts'
import { createPlainLogs } from './plain-logs.ts'
import type { Report, ReportTarget } from './report.ts'
import { createStepBoard } from './step-board.ts'

/** Nothing but the last lines of a failed step, without which its error would have no reason. */
export function quietReport(target: ReportTarget): Report {
  const board = createStepBoard()
  const logs = createPlainLogs()
  return {
    event: (event) => {
      const step = board.take(event)
      if (step !== undefined && event.kind === 'step-log') logs.push(step, event)
      if (step !== undefined && event.kind === 'step-failed') logs.rest(step, event.atMs)
    },
    end: () => {
      for (const step of board.steps) if (step.status === 'failed') target.write(lastLines(step, logs))
    },
  }
}
