import type { BuildSteps } from '../api/index.ts'
import type { EventRow, LogRow, NumberedRow } from '../logs/event-row.ts'
import { type LogTotal, stepsAfter } from '../logs/live-event.ts'
import type { LogRange, LogSegment, StepLogEnd } from '../logs/log-part.ts'

/** The events of a build in memory, in the form of the server's database. */
export class MemoryRows {
  readonly #rows: NumberedRow[] = []
  readonly #totals = new Map<string, LogTotal>()

  constructor(known: readonly NumberedRow[]) {
    for (const row of known) this.#push(row)
  }

  get all(): readonly NumberedRow[] {
    return this.#rows
  }

  add(row: EventRow): void {
    this.#push({ ...row, seq: this.#rows.length + 1 })
  }

  steps(): BuildSteps {
    const others = this.#rows.filter(({ kind }) => kind !== 'log')
    return stepsAfter(others, this.#totals.values())
  }

  /** How much a step has written. */
  total(step: string): Pick<StepLogEnd, 'totalBytes' | 'totalLines'> {
    const { bytes = 0, lines = 0 } = this.#totals.get(step) ?? {}
    return { totalBytes: bytes, totalLines: lines }
  }

  /** Starts at the segment that contains the first line or byte; returns one more than the limit requires. */
  segments(step: string, { line, offset = 0, limit }: LogRange): readonly LogSegment[] {
    const all = this.#rows
      .filter((row) => row.kind === 'log')
      .filter((row) => row.step === step)
      .map(({ logOffset, logLine, log }) => ({ offset: logOffset, line: logLine, bytes: log }))
    const begin = all.findLastIndex((one) => (line === undefined ? one.offset <= offset : one.line < line))
    const from = all.slice(Math.max(begin, 0))
    const enough = (from[0]?.offset ?? 0) + (from[0]?.bytes.length ?? 0) + limit
    const end = from.findIndex((one) => one.offset > enough)
    return end < 0 ? from : from.slice(0, end + 1)
  }

  #push(row: NumberedRow): void {
    this.#rows.push(row)
    if (row.kind === 'log') this.#totals.set(row.step, totalAfter(row))
  }
}

function totalAfter({ step, seq, log, logOffset, logLine, data }: LogRow): LogTotal {
  return { step, seq, bytes: logOffset + log.length, lines: logLine + data.lines }
}
