import type { BuildEvent } from '../request/builder.ts'
import { cleanText } from './clean-text.ts'
import { createKeptLogs } from './kept-logs.ts'
import { createLiveDisplay } from './live-display.ts'
import { paintFor } from './paint.ts'
import type { Report, ReportTarget } from './report.ts'
import { type BoardStep, createStepBoard } from './step-board.ts'
import { ttyFrame } from './tty-frame.ts'
import { warningLines } from './warning-lines.ts'

const REDRAW_MS = 100
/** Log lines per running step; BUILDKIT_TTY_LOG_LINES overrides it. */
const TAIL_LINES = 6

/** A live display: running steps with the end of their logs, finished ones on one line each. */
export function ttyReport(
  target: ReportTarget,
  env: Readonly<Record<string, string | undefined>>,
  verb = 'Building',
): Report {
  const board = createStepBoard()
  const logs = createKeptLogs()
  const display = createLiveDisplay(target)
  const paint = paintFor(env)
  const tail = tailLines(env)
  let startedAtMs: number | undefined
  let timer: NodeJS.Timeout | undefined
  let dirty = false

  function event(event: BuildEvent): void {
    if (startedAtMs === undefined) start(event.atMs)
    board.take(event)
    if (event.kind === 'step-log') logs.push(event)
    dirty = true
  }

  function start(atMs: number): void {
    startedAtMs = atMs
    display.start(draw)
    timer = setInterval(draw, REDRAW_MS)
  }

  function draw(): void {
    const isTimed = board.steps.some((step) => step.endedAtMs === undefined)
    if (dirty || isTimed) display.draw(frame(display.rows(), false))
    dirty = false
  }

  function frame(rows: number, ended: boolean): readonly string[] {
    const nowMs = Date.now()
    const at = { startedAtMs: startedAtMs ?? nowMs, nowMs }
    const steps = board.steps.map((step) => shownStep(step, logs.tailOf(step.id, tail)))
    const size = { columns: display.columns(), rows }
    return ttyFrame({ verb, steps, plannedCount: board.plannedCount(), ...at, ...size, ended, paint })
  }

  function end(): void {
    if (startedAtMs === undefined) return
    clearInterval(timer)
    display.draw(frame(Number.POSITIVE_INFINITY, true))
    display.end([...failedLogs(board.steps, logs), ...warningLines(board.warnings)])
  }

  return { event, end }
}

function shownStep(step: BoardStep, logTail: readonly string[]) {
  return { ...step, name: cleanText(step.name).replaceAll(/\s/g, ' '), logTail }
}

/** Prints the logs of failed steps, which the user needs next. */
function failedLogs(steps: readonly BoardStep[], logs: ReturnType<typeof createKeptLogs>): readonly string[] {
  const failed = steps.filter((step) => step.status === 'failed')
  return failed.flatMap((step) => {
    const lines = logs.wholeOf(step.id)
    return lines.length === 0 ? [] : ['------', ` > ${cleanText(step.name)}:`, ...lines, '------']
  })
}

function tailLines(env: Readonly<Record<string, string | undefined>>): number {
  const requested = Number(env['BUILDKIT_TTY_LOG_LINES'])
  return Number.isInteger(requested) && requested > 0 && requested <= 100 ? requested : TAIL_LINES
}
