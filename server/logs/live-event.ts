import type { BuildLiveEvent, BuildStep } from '../api/index.ts'
import type { EventRow } from './event-row.ts'

export interface NumberedRow extends EventRow {
  readonly seq: number
}

/** A row as clients see it. */
export function liveEvent({
  seq,
  kind,
  step = '',
  data,
  log,
  logOffset = 0,
  logLine = 0,
}: NumberedRow): BuildLiveEvent {
  if (kind === 'log') return { kind, seq, step, offset: logOffset, line: logLine, text: log?.toString('utf8') ?? '' }
  if (kind === 'step') return { kind, seq, step: data } as unknown as BuildLiveEvent
  return { kind, seq, ...(data as object) } as unknown as BuildLiveEvent
}

export interface LogTotal {
  readonly step: string
  readonly seq: number
  readonly bytes: number
  readonly lines: number
}

/** The steps as the events up to now leave them; `others` are all events but logs. */
export function stepsAfter(
  others: Iterable<NumberedRow>,
  logs: Iterable<LogTotal>,
): { readonly steps: BuildStep[]; readonly seq: number } {
  const steps = new Map<string, BuildStep>()
  let seq = 0
  for (const row of others) {
    seq = row.seq
    const event = liveEvent(row)
    if (event.kind === 'planned') for (const step of event.steps) steps.set(step.id, step)
    if (event.kind !== 'step') continue
    const known = steps.get(event.step.id)
    if (known !== undefined) steps.set(known.id, { ...known, ...event.step })
  }
  for (const log of logs) {
    const known = steps.get(log.step)
    if (known !== undefined) steps.set(log.step, { ...known, logBytes: log.bytes, logLines: log.lines })
    seq = Math.max(seq, log.seq)
  }
  return { steps: [...steps.values()], seq }
}
