import type { BuildEvent } from '../request/builder.ts'
import { cleanText } from './clean-text.ts'
import { lastLines, titleOf } from './last-lines.ts'
import { createPlainLogs } from './plain-logs.ts'
import { createPlainTransfers } from './plain-transfers.ts'
import type { Report, ReportTarget } from './report.ts'
import { seconds } from './seconds.ts'
import { type BoardStep, createStepBoard } from './step-board.ts'
import { warningLines } from './warning-lines.ts'

/**
 * Prints one line after the other: `#N [stage i/n] INSTR`, `#N 0.123 text`, `#N CACHED`, `#N DONE 0.1s`. Nothing is
 * left out.
 */
export function plainReport(target: ReportTarget): Report {
  const board = createStepBoard()
  const printed: Printed = { logs: createPlainLogs(), transfers: createPlainTransfers() }
  const lastLine = new Map<BoardStep, string>()
  let introduced = 0

  function event(event: BuildEvent): void {
    const step = board.take(event)
    if (step === undefined) return
    if (step.number > introduced) target.write(step.number === 1 ? '' : '\n')
    const title = step.number > introduced ? [titleOf(step)] : []
    introduced = Math.max(introduced, step.number)
    print(step, [...title, ...linesOf(step, event, printed)])
  }

  /** A base image that is read again by a later step ends again, usually with nothing new to print. */
  function print(step: BoardStep, lines: readonly string[]): void {
    const isRepeated = lines.length === 1 && lines[0] === lastLine.get(step)
    if (isRepeated && step.status === 'done') return
    for (const line of lines) {
      target.write(`#${step.number} ${line}\n`)
      lastLine.set(step, line)
    }
  }

  function end(): void {
    for (const step of board.steps)
      if (step.endedAtMs === undefined) print(step, [...printed.logs.rest(step, Date.now()), 'CANCELED'])
    for (const step of board.steps) if (step.status === 'failed') target.write(lastLines(step, printed.logs))
    const lines = warningLines(board.warnings)
    if (lines.length > 0) target.write(`\n${lines.join('\n')}\n`)
  }

  return { event, end }
}

/** State kept per step for its later lines. */
interface Printed {
  readonly logs: ReturnType<typeof createPlainLogs>
  readonly transfers: ReturnType<typeof createPlainTransfers>
}

function linesOf(step: BoardStep, event: BuildEvent, { logs, transfers }: Printed): readonly string[] {
  switch (event.kind) {
    case 'step-waiting':
      return ['waiting for other steps to finish']
    case 'step-log':
      return logs.push(step, event)
    case 'step-progress':
      return [transfers.lineOf(step, event.id, event.atMs)].filter((line) => line !== undefined)
    case 'step-cached':
      return ['CACHED']
    case 'step-done': {
      const done = step.status === 'done' ? [`DONE ${seconds(event.atMs - step.startedAtMs, 1)}s`] : []
      return [...logs.rest(step, event.atMs), ...done]
    }
    case 'step-failed':
      return [...logs.rest(step, event.atMs), event.message === '' ? 'ERROR' : `ERROR: ${cleanText(event.message)}`]
    default:
      return []
  }
}
