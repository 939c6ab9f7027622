import type { BuildLiveEvent, BuildStep } from '../api/index.ts'
import type { NumberedRow } from './event-row.ts'

/** A row in the clients' format. */
export function liveEvent(row: NumberedRow): BuildLiveEvent {
  const { seq } = row
  switch (row.kind) {
    case 'planned':
      return { kind: row.kind, seq, ...row.data }
    case 'step':
      return { kind: row.kind, seq, step: row.data }
    case 'log':
      return { kind: row.kind, seq, step: row.step, offset: row.logOffset, line: row.logLine, text: row.log.toString() }
    case 'warning':
      return { kind: row.kind, seq, ...row.data }
    case 'restarted':
      return { kind: row.kind, seq, ...row.data }
  }
}

export interface LogTotal {
  readonly step: string
  readonly seq: number
  readonly bytes: number
  readonly lines: number
}

/** The state of the steps after these events; `others` are all events except logs. */
export function stepsAfter(
  others: Iterable<NumberedRow>,
  logs: Iterable<LogTotal>,
): { readonly steps: BuildStep[]; readonly seq: number } {
  const steps = new Map<string, BuildStep>()
  let seq = 0
  for (const row of others) {
    seq = row.seq
    if (row.kind === 'planned') for (const step of row.data.steps) steps.set(step.id, step)
    if (row.kind !== 'step') continue
    const known = steps.get(row.data.id)
    if (known !== undefined) steps.set(known.id, { ...known, ...row.data })
  }
  for (const log of logs) {
    const known = steps.get(log.step)
    if (known !== undefined) steps.set(log.step, { ...known, logBytes: log.bytes, logLines: log.lines })
    seq = Math.max(seq, log.seq)
  }
  return { steps: [...steps.values()], seq }
}
