import type { BuildEvent } from '../../engine/index.ts'
import type { BuildStep, StepChange } from '../api/index.ts'
import type { Mask } from './mask-secrets.ts'

/** A row of `build_events` but for its number. */
export interface EventRow {
  readonly kind: 'planned' | 'step' | 'log' | 'warning' | 'restarted'
  readonly step?: string
  readonly data?: unknown
  readonly logOffset?: number
  readonly logLine?: number
  readonly log?: Buffer
}

interface StepLog {
  readonly mask: Mask
  pending: string
  bytes: number
  lines: number
}

export interface EventRows {
  add(event: BuildEvent): void
  /** What is to be written now. */
  take(): readonly EventRow[]
  /** Rows that wait, roughly in bytes. */
  readonly waitingBytes: number
}

const SEGMENT = 64 << 10
const PROGRESS_EVERY_MS = 1000

/** Turns the builder's events into rows: logs cut in segments of whole lines where possible, transfers thinned out. */
export function createEventRows(
  newMask: () => Mask,
  maskText: (text: string) => string,
  maxLogBytes: number,
): EventRows {
  let rows: EventRow[] = []
  const logs = new Map<string, StepLog>()
  const progress = new Map<string, { sentAt: number; all: Record<string, object> }>()
  let totalBytes = 0
  const logOf = (step: string): StepLog => {
    const log = logs.get(step) ?? { mask: newMask(), pending: '', bytes: 0, lines: 0 }
    logs.set(step, log)
    return log
  }
  const cut = (step: string, log: StepLog): void => {
    if (log.pending === '') return
    const bytes = Buffer.from(log.pending)
    const lines = log.pending.split('\n').length - 1
    rows.push({ kind: 'log', step, data: { lines }, logOffset: log.bytes, logLine: log.lines, log: bytes })
    log.bytes += bytes.length
    log.lines += lines
    log.pending = ''
  }
  const append = (step: string, text: string): void => {
    const log = logOf(step)
    if (totalBytes > maxLogBytes) return
    totalBytes += text.length
    log.pending += totalBytes > maxLogBytes ? `${text}\n[log cut off: it exceeds ${maxLogBytes} bytes]\n` : text
    if (log.pending.length >= SEGMENT) cut(step, log)
  }
  const change = (step: StepChange): void => {
    const log = logs.get(step.id)
    if (log !== undefined && step.endedMs !== undefined) append(step.id, log.mask.end())
    if (log !== undefined) cut(step.id, log)
    rows.push({ kind: 'step', step: step.id, data: step })
  }
  const transfer = (event: Extract<BuildEvent, { kind: 'step-progress' }>): void => {
    const { step, id, doneBytes, totalBytes: total, atMs } = event
    const known = progress.get(step) ?? { sentAt: 0, all: {} }
    known.all[id] = { doneBytes, ...(total !== undefined && { totalBytes: total }) }
    progress.set(step, known)
    if (atMs - known.sentAt < PROGRESS_EVERY_MS) return
    known.sentAt = atMs
    change({ id: step, progress: { ...known.all } as NonNullable<BuildStep['progress']> })
  }
  const ended = (step: string): Partial<StepChange> => {
    const all = progress.get(step)?.all
    return all === undefined ? {} : { progress: all as NonNullable<BuildStep['progress']> }
  }
  return {
    get waitingBytes() {
      return rows.reduce((sum, { log }) => sum + 200 + (log?.length ?? 0), 0)
    },
    add: (event) => {
      switch (event.kind) {
        case 'planned':
          rows.push({ kind: 'planned', data: { steps: event.steps.map((step) => plannedStep(step, maskText)) } })
          break
        case 'step-log':
          append(event.step, logOf(event.step).mask.push(event.text))
          break
        case 'step-progress':
          transfer(event)
          break
        case 'step-started':
          change({ id: event.step, state: 'running', startedMs: event.atMs })
          break
        case 'step-cached':
          change({ id: event.step, state: 'cached', startedMs: event.atMs, endedMs: event.atMs })
          break
        case 'step-done':
          change({
            id: event.step,
            state: 'succeeded',
            endedMs: event.atMs,
            ...ended(event.step),
            ...(event.usage && { usage: event.usage }),
          })
          break
        case 'step-failed': {
          const failure = {
            message: maskText(event.message),
            ...(event.exitCode !== undefined && { exitCode: event.exitCode }),
          }
          change({ id: event.step, state: 'failed', endedMs: event.atMs, failure, ...ended(event.step) })
          break
        }
        case 'step-explained':
          change({ id: event.step, explanation: event.explanation })
          break
        case 'warning': {
          const { code, message } = event.warning
          rows.push({ kind: 'warning', data: { code, message: maskText(message) } })
        }
      }
    },
    take: () => {
      for (const [step, log] of logs) cut(step, log)
      const taken = rows
      rows = []
      return taken
    },
  }
}

type PlannedStep = Extract<BuildEvent, { kind: 'planned' }>['steps'][number]

function plannedStep({ id, name, inputs, range }: PlannedStep, maskText: (text: string) => string): BuildStep {
  const last = range && (range.end.column === 1 ? Math.max(range.start.line, range.end.line - 1) : range.end.line)
  return {
    id,
    name: maskText(name),
    inputs: [...inputs],
    state: 'waiting',
    logBytes: 0,
    logLines: 0,
    ...(range && last !== undefined && { lines: { first: range.start.line, last } }),
  }
}
