import type { BuildEvent } from '../request/builder.ts'
import { cleanKeepingColors, cleanText } from './clean-text.ts'
import { createLogLines, type LogLines } from './log-lines.ts'
import type { Report, ReportTarget } from './report.ts'
import { type BoardStep, createStepBoard } from './step-board.ts'
import { isComplete, transferText } from './transfer-text.ts'
import { warningLines } from './warning-lines.ts'

/** Repeated of a failed step, where other steps' lines may have come between. */
const REPEATED_LINES = 10
/** A running transfer is mentioned this often. */
const PROGRESS_EVERY_MS = 1000

/** One line after the other: `#N [stage i/n] INSTR`, `#N 0.123 text`, `#N CACHED`, `#N DONE 0.1s`. Nothing is left out. */
export function plainReport(target: ReportTarget): Report {
  const board = createStepBoard()
  const logs = new Map<number, LogLines>()
  const lastPrintedAtMs = new Map<string, number>()
  const lastLines = new Map<number, string[]>()
  let introduced = 0

  function event(event: BuildEvent): void {
    const step = board.take(event)
    if (step === undefined) return
    introduce(step)
    switch (event.kind) {
      case 'step-waiting':
        printLine(step, 'waiting for other steps to finish')
        break
      case 'step-log':
        for (const line of logOf(step).push(event.stream, event.text)) log(step, line, event.atMs)
        break
      case 'step-progress':
        progress(step, event.id, event.atMs)
        break
      case 'step-cached':
        printLine(step, 'CACHED')
        break
      case 'step-done':
        flush(step, event.atMs)
        if (step.status === 'done') printLine(step, `DONE ${seconds(event.atMs - step.startedAtMs, 1)}s`)
        break
      case 'step-failed':
        flush(step, event.atMs)
        printLine(step, `ERROR: ${cleanText(event.message)}`)
    }
  }

  function introduce(step: BoardStep): void {
    if (step.number <= introduced) return
    introduced = step.number
    target.write(step.number === 1 ? '' : '\n')
    printLine(step, cleanText(step.name).replaceAll('\n', ' '))
  }

  function progress(step: BoardStep, id: string, atMs: number): void {
    const transfer = step.transfers.get(id)
    if (transfer === undefined) return
    const key = `${step.number} ${id}`
    const isWhole = isComplete(transfer)
    const last = lastPrintedAtMs.get(key) ?? transfer.startedAtMs
    if (last === Number.POSITIVE_INFINITY || (!isWhole && atMs - last < PROGRESS_EVERY_MS)) return
    lastPrintedAtMs.set(key, isWhole ? Number.POSITIVE_INFINITY : atMs)
    const time = seconds(atMs - transfer.startedAtMs, 1)
    printLine(step, `${cleanText(transferText(id, transfer))} ${time}s${isWhole ? ' done' : ''}`)
  }

  function logOf(step: BoardStep): LogLines {
    const known = logs.get(step.number) ?? createLogLines('every')
    logs.set(step.number, known)
    return known
  }

  function flush(step: BoardStep, atMs: number): void {
    for (const line of logs.get(step.number)?.rest() ?? []) log(step, line, atMs)
  }

  function log(step: BoardStep, line: string, atMs: number): void {
    const text = `${seconds(atMs - step.startedAtMs, 3)} ${cleanKeepingColors(line)}`
    lastLines.set(step.number, [...(lastLines.get(step.number) ?? []), text].slice(-REPEATED_LINES))
    printLine(step, text)
  }

  function printLine(step: BoardStep, text: string): void {
    target.write(`#${step.number} ${text}\n`)
  }

  function end(): void {
    for (const step of board.steps) {
      if (step.endedAtMs !== undefined) continue
      flush(step, Date.now())
      printLine(step, 'CANCELED')
    }
    for (const step of board.steps) if (step.status === 'failed') repeat(step)
    const lines = warningLines(board.warnings)
    if (lines.length > 0) target.write(`\n${lines.join('\n')}\n`)
  }

  /** As BuildKit does below its error. */
  function repeat(step: BoardStep): void {
    const lines = lastLines.get(step.number)
    if (lines === undefined) return
    const title = ` > ${cleanText(step.name).replaceAll('\n', ' ')}:`
    target.write(`${['------', title, ...lines, '------'].join('\n')}\n`)
  }

  return { event, end }
}

function seconds(ms: number, digits: number): string {
  return (Math.max(0, ms) / 1000).toFixed(digits)
}
