import type { Queries } from '../state/database.ts'
import type { EventRow } from './event-row.ts'

/**
 * Logs of earlier attempts, set aside until the current attempt processes each step: a step that runs again gets a new
 * log; a step from the cache keeps the log of the attempt that ran it.
 */
export class EarlierLogs {
  readonly #segments: Map<string, number>

  private constructor(segments: Map<string, number>) {
    this.#segments = segments
  }

  static none(): EarlierLogs {
    return new EarlierLogs(new Map())
  }

  /** Gives them negative numbers, which readers do not request. */
  static async setAside(queries: Queries, build: number): Promise<EarlierLogs> {
    await queries.query(`update build_events set kind = 'earlier-log', seq = -seq where build = $1 and kind = 'log'`, [
      build,
    ])
    const { rows } = await queries.query<{ step: string; segments: number }>(
      `select step, count(*) as segments from build_events where build = $1 and kind = 'earlier-log' group by step`,
      [build],
    )
    return new EarlierLogs(new Map(rows.map(({ step, segments }) => [step, segments])))
  }

  /** The number of segments of a step; later calls return none. */
  take(step: string): number {
    const segments = this.#segments.get(step) ?? 0
    this.#segments.delete(step)
    return segments
  }
}

export interface RowBatch {
  readonly rows: readonly EventRow[]
  /** Restored or removed after the rows. */
  readonly earlierLog?: { readonly step: string; readonly segments: number; readonly isKept: boolean }
}

/** Splits rows after those that decide about an earlier log, so that it follows the row that announces its step. */
export function batchesOf(rows: readonly EventRow[], earlier: EarlierLogs): readonly RowBatch[] {
  const batches: RowBatch[] = []
  let begin = 0
  for (const [index, row] of rows.entries()) {
    const step = decidedStep(row)
    const segments = step === undefined ? 0 : earlier.take(step)
    if (step === undefined || segments === 0) continue
    const isKept = row.kind === 'step' && row.data.state === 'cached'
    batches.push({ rows: rows.slice(begin, index + 1), earlierLog: { step, segments, isKept } })
    begin = index + 1
  }
  return begin < rows.length ? [...batches, { rows: rows.slice(begin) }] : batches
}

/** The step that has produced output or has ended. */
function decidedStep(row: EventRow): string | undefined {
  if (row.kind === 'log') return row.step
  return row.kind === 'step' && row.data.endedMs !== undefined ? row.step : undefined
}

export interface StepOfAttempt {
  readonly build: number
  readonly attempt: number
  readonly step: string
}

/** Repeatable: segments that already have their final numbers are skipped. */
export async function restoreEarlierLog(
  queries: Queries,
  { build, attempt, step }: StepOfAttempt,
  firstSeq: number,
): Promise<void> {
  await queries.query(
    `with mine as materialized (select from builds where id = $1 and attempt = $2 for share)
     update build_events event set kind = 'log', seq = $4 + segment.place
     from mine, (select seq, row_number() over (order by log_offset) - 1 as place from build_events
       where build = $1 and step = $3 and kind = 'earlier-log') segment
     where event.build = $1 and event.seq = segment.seq`,
    [build, attempt, step, firstSeq],
  )
}

export async function removeEarlierLog(queries: Queries, { build, attempt, step }: StepOfAttempt): Promise<void> {
  await queries.query(
    `delete from build_events where build = $1 and step = $3 and kind = 'earlier-log'
       and exists (select from builds where id = $1 and attempt = $2)`,
    [build, attempt, step],
  )
}
