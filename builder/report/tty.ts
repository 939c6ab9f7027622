import pc from 'picocolors'
import stringWidth from 'string-width'
import type { BuildEvent } from '../request/builder.ts'
import { cleanText } from './clean-text.ts'
import { createLogLines, type LogLines } from './log-lines.ts'
import type { Report, ReportTarget } from './report.ts'
import { createStepBoard } from './step-board.ts'
import { type Paint, ttyFrame } from './tty-frame.ts'
import { warningLines } from './warning-lines.ts'

const REDRAW_MS = 100
/** Shown of a running step; BUILDKIT_TTY_LOG_LINES changes it. */
const TAIL_LINES = 6
/** Kept of each step, for the case that it fails. */
const KEPT_LINES = 1000

const HIDE_CURSOR = '\x1b[?25l'
const SHOW_CURSOR = '\x1b[?25h'

interface StepLog {
  readonly chunks: LogLines
  lines: string[]
}

/** A live picture: running steps with the end of their logs, finished ones as one line each. */
export function ttyReport(
  target: ReportTarget,
  env: Readonly<Record<string, string | undefined>>,
  doing = 'Building',
): Report {
  const board = createStepBoard()
  const logs = new Map<string, StepLog>()
  const paint = paintFor(env)
  const tail = tailLines(env)
  let drawn: readonly number[] = []
  let startedAtMs: number | undefined
  let timer: NodeJS.Timeout | undefined
  let dirty = false

  function event(event: BuildEvent): void {
    if (startedAtMs === undefined) start(event.atMs)
    board.take(event)
    if (event.kind === 'step-log') {
      const log = logOf(event.step)
      keep(log, log.chunks.push(event.stream, event.text))
    }
    dirty = true
  }

  function start(atMs: number): void {
    startedAtMs = atMs
    target.write(HIDE_CURSOR)
    process.on('exit', showCursor)
    target.on?.('resize', draw)
    timer = setInterval(draw, REDRAW_MS)
  }

  function showCursor(): void {
    target.write(SHOW_CURSOR)
  }

  function draw(): void {
    const isTimed = board.steps.some((step) => step.endedAtMs === undefined)
    if (dirty || isTimed) paintFrame(Math.max(4, (target.rows || 24) - 1), false)
    dirty = false
  }

  function paintFrame(rows: number, ended: boolean): void {
    const columns = Math.max(20, target.columns || 80)
    const steps = board.steps.map((step) => ({
      ...step,
      name: cleanText(step.name).replaceAll(/\s/g, ' '),
      logTail: tailOf(logs.get(step.id), tail),
    }))
    const plannedCount = board.plannedCount()
    const nowMs = Date.now()
    const at = { startedAtMs: startedAtMs ?? nowMs, nowMs }
    const lines = ttyFrame({ doing, steps, plannedCount, ...at, columns, rows, ended, paint })
    // Line over line: clearing a whole screen flickers, and tmux keeps each cleared one in its history.
    target.write(`${back(columns)}${lines.map((line) => `\x1b[2K${line}\n`).join('')}\x1b[J`)
    drawn = lines.map((line) => stringWidth(cleanText(line)))
  }

  /** Back to where the last picture began, which a narrower window may have folded. */
  function back(columns: number): string {
    const rows = drawn.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0)
    return rows === 0 ? '' : `\r\x1b[${rows}A`
  }

  function logOf(step: string): StepLog {
    const log = logs.get(step) ?? { chunks: createLogLines('last'), lines: [] }
    logs.set(step, log)
    return log
  }

  function end(): void {
    if (startedAtMs === undefined) return
    clearInterval(timer)
    target.off?.('resize', draw)
    paintFrame(Number.POSITIVE_INFINITY, true)
    target.write([...failedLogs(), ...warningLines(board.warnings)].map((line) => `${line}\n`).join(''))
    showCursor()
    process.off('exit', showCursor)
  }

  /** A failed step's log is what its user looks for next. */
  function failedLogs(): readonly string[] {
    return board.steps
      .filter((step) => step.status === 'failed')
      .flatMap((step) => {
        const log = logOf(step.id)
        keep(log, log.chunks.rest())
        if (log.lines.length === 0) return []
        return ['------', ` > ${cleanText(step.name)}:`, ...log.lines, '------']
      })
  }

  return { event, end }
}

function tailOf(log: StepLog | undefined, count: number): readonly string[] {
  return log === undefined ? [] : [...log.lines.slice(-count), ...log.chunks.unfinished().map(shown)].slice(-count)
}

function shown(line: string): string {
  return cleanText(line).replaceAll('\t', '    ')
}

function keep(log: StepLog, lines: readonly string[]): void {
  log.lines.push(...lines.slice(-KEPT_LINES).map(shown))
  if (log.lines.length > 2 * KEPT_LINES) log.lines = log.lines.slice(-KEPT_LINES)
}

function paintFor(env: Readonly<Record<string, string | undefined>>): Paint {
  const { bold, cyan, red, yellow, dim } = pc.createColors((env['NO_COLOR'] ?? '') === '')
  return { head: bold, done: cyan, failed: red, canceled: yellow, faint: dim }
}

function tailLines(env: Readonly<Record<string, string | undefined>>): number {
  const wanted = Number(env['BUILDKIT_TTY_LOG_LINES'])
  return Number.isInteger(wanted) && wanted > 0 && wanted <= 100 ? wanted : TAIL_LINES
}
