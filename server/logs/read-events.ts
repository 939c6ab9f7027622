import * as v from 'valibot'
import type { BuildLiveEvent, BuildStep } from '../api/index.ts'
import type { Queries } from '../state/database.ts'
import { databaseRow, type NumberedRow } from './event-row.ts'
import { type LogTotal, liveEvent, stepsAfter } from './live-event.ts'

interface Row {
  readonly [key: string]: unknown
  readonly kind: string
  readonly log_offset: number | null
  readonly log_line: number | null
  readonly log: Buffer | null
}

/** Maximum size of logs per read: each reader buffers that much. */
const MAX_PAGE_BYTES = 512 << 10

/** Events after `seq`, oldest first; at most `limit`, fewer if their logs are long, empty only after the last. */
export async function readEvents(
  queries: Queries,
  build: number,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<readonly BuildLiveEvent[]> {
  const { rows } = await queries.query<Row>(
    `select * from (
       select *, sum(coalesce(octet_length(log), 0)) over (order by seq) - coalesce(octet_length(log), 0) as bytes_before
       from (select * from build_events where build = $1 and seq > $2::bigint order by seq limit $3) page
     ) page where bytes_before < $4 order by seq`,
    [build, after, limit, MAX_PAGE_BYTES],
  )
  return rows.map((row) => liveEvent(numbered(row)))
}

function numbered({ log_offset: logOffset, log_line: logLine, ...row }: Row): NumberedRow {
  return v.parse(databaseRow, { ...row, logOffset, logLine })
}

/** The state of the steps after the events so far. One statement: `seq` and the steps are consistent. */
export async function readSteps(queries: Queries, build: number): Promise<{ steps: BuildStep[]; seq: number }> {
  const { rows } = await queries.query<Row & LogTotal>(
    `select seq, kind, step, data, null::bigint as bytes, null::bigint as lines
     from build_events where build = $1 and kind <> 'log' and seq > 0
     union all
     (select distinct on (step) seq, kind, step, null, log_offset + octet_length(log), log_line + (data->>'lines')::int
      from build_events where build = $1 and kind = 'log' order by step, log_offset desc)
     order by seq`,
    [build],
  )
  const isLog = ({ kind }: Row): boolean => kind === 'log'
  return stepsAfter(rows.filter((row) => !isLog(row)).map(numbered), rows.filter(isLog))
}

/** Undefined if the build has no such step. `ended`: its log is complete. */
export async function findStep(
  queries: Queries,
  build: number,
  step: string,
): Promise<{ readonly ended: boolean } | undefined> {
  const { rows } = await queries.query<{ ended: boolean }>(
    `select data ? 'endedMs' as ended from build_events where build = $1 and step = $2 and kind = 'step'`,
    [build, step],
  )
  if (rows.length > 0) return { ended: rows.some(({ ended }) => ended) }
  const planned = await queries.query(
    `select 1 from build_events where build = $1 and kind = 'planned' and data->'steps' @> $2 limit 1`,
    [build, JSON.stringify([{ id: step }])],
  )
  return planned.rows.length > 0 ? { ended: false } : undefined
}
