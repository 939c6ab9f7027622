import type { BuildEvent } from '../../engine/index.ts'
import type { BuildStep, StepChange } from '../api/index.ts'
import type { EventRow } from './event-row.ts'
import type { Mask } from './mask-secrets.ts'
import { StepLogWriter } from './step-log-writer.ts'

export interface EventRows {
  add(event: BuildEvent): void
  /** Rows to write now. */
  take(): readonly EventRow[]
  /** Approximate size of pending rows in bytes. */
  waitingBytes(): number
}

export interface EventRowsOptions {
  readonly newMask: () => Mask
  readonly maskText: (text: string) => string
  readonly maxLogBytes: number
}

/** Converts the builder's events to rows: splits logs into segments, reduces transfer events, masks secrets. */
export function createEventRows({ newMask, maskText, maxLogBytes }: EventRowsOptions): EventRows {
  let rows: EventRow[] = []
  const logs = new StepLogWriter({ newMask, maxBytes: maxLogBytes, write: (row) => rows.push(row) })
  const transfers = new Transfers()
  const change = (step: StepChange): void => {
    if (step.endedMs !== undefined) logs.end(step.id)
    logs.cut(step.id)
    rows.push({ kind: 'step', step: step.id, data: step })
  }
  return {
    waitingBytes: () => rows.reduce((sum, row) => sum + 200 + (row.kind === 'log' ? row.log.length : 0), 0),
    take: () => {
      logs.cut()
      const taken = rows
      rows = []
      return taken
    },
    add: (event) => {
      if (event.kind === 'step-log') logs.append(event.step, event.text)
      else if (event.kind === 'planned') {
        rows.push({ kind: 'planned', data: { steps: event.steps.map((step) => plannedStep(step, maskText)) } })
      } else if (event.kind === 'warning') {
        const { code, message } = event.warning
        rows.push({ kind: 'warning', data: { code, message: maskText(message) } })
      } else if (event.kind === 'step-progress') {
        if (transfers.note(event)) change({ id: event.step, ...transfers.of(event.step) })
      } else {
        const step = stepChange(event, maskText)
        change(step.endedMs === undefined ? step : { ...step, ...transfers.of(event.step) })
      }
    },
  }
}

type StepEvent = Exclude<BuildEvent, { kind: 'step-log' | 'planned' | 'warning' | 'step-progress' }>

function stepChange(event: StepEvent, maskText: (text: string) => string): StepChange {
  const { step: id, atMs } = event
  switch (event.kind) {
    case 'step-waiting': // for a free slot
      return { id, state: 'waiting' }
    case 'step-started':
      return { id, state: 'running', startedMs: atMs }
    case 'step-cached':
      return { id, state: 'cached', startedMs: atMs, endedMs: atMs }
    case 'step-done':
      return { id, state: 'succeeded', endedMs: atMs, ...(event.usage && { usage: event.usage }) }
    case 'step-failed': {
      const { exitCode, message } = event
      const failure = { message: maskText(message), ...(exitCode !== undefined && { exitCode }) }
      return { id, state: 'failed', endedMs: atMs, failure }
    }
    case 'step-explained':
      return { id, explanation: maskAll(event.explanation, maskText) }
  }
}

/** Masks every text in plain data. */
function maskAll<T>(data: T, maskText: (text: string) => string): T
function maskAll(data: unknown, maskText: (text: string) => string): unknown {
  if (typeof data === 'string') return maskText(data)
  if (Array.isArray(data)) return data.map((one) => maskAll(one, maskText))
  if (typeof data !== 'object' || data === null) return data
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, maskAll(value, maskText)]))
}

type Transfer = Extract<BuildEvent, { kind: 'step-progress' }>
type Progress = NonNullable<BuildStep['progress']>

const PROGRESS_EVERY_MS = 1000

class Transfers {
  readonly #steps = new Map<string, { sentAt: number; readonly all: Progress }>()

  /** Whether it is time to show it. */
  note({ step, id, doneBytes, totalBytes, atMs }: Transfer): boolean {
    const known = this.#steps.get(step) ?? { sentAt: 0, all: {} }
    known.all[id] = { doneBytes, ...(totalBytes !== undefined && { totalBytes }) }
    this.#steps.set(step, known)
    if (atMs - known.sentAt < PROGRESS_EVERY_MS) return false
    known.sentAt = atMs
    return true
  }

  of(step: string): { readonly progress?: Progress } {
    const known = this.#steps.get(step)
    return { ...(known !== undefined && { progress: { ...known.all } }) }
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
