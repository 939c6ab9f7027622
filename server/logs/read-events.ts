import type { BuildLiveEvent, BuildStep, LogPart } from '../api/index.ts'
import type { Queries } from '../state/database.ts'

interface Row {
  readonly [key: string]: unknown
  readonly seq: number
  readonly kind: 'planned' | 'step' | 'log' | 'warning' | 'restarted'
  readonly step: string | null
  readonly data: { readonly [key: string]: unknown } | null
  readonly log_offset: number | null
  readonly log_line: number | null
  readonly log: Buffer | null
}

/** Events after `seq`, oldest first; at most `limit`. */
export async function readEvents(
  queries: Queries,
  build: number,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<readonly BuildLiveEvent[]> {
  const { rows } = await queries.query<Row>(
    'select * from build_events where build = $1 and seq > $2 order by seq limit $3',
    [build, after, limit],
  )
  return rows.map(eventOf)
}

function eventOf(row: Row): BuildLiveEvent {
  const { seq, kind, data, step, log, log_offset, log_line } = row
  if (kind === 'log') {
    return {
      kind,
      seq,
      step: step ?? '',
      offset: log_offset ?? 0,
      line: log_line ?? 0,
      text: log?.toString('utf8') ?? '',
    }
  }
  if (kind === 'step') return { kind, seq, step: data } as unknown as BuildLiveEvent
  return { kind, seq, ...data } as unknown as BuildLiveEvent
}

/** The steps as the events up to now leave them. */
export async function readSteps(queries: Queries, build: number): Promise<{ steps: BuildStep[]; seq: number }> {
  const [others, logs] = await Promise.all([
    queries.query<Row>(`select seq, kind, data from build_events where build = $1 and kind <> 'log' order by seq`, [
      build,
    ]),
    queries.query<{ step: string; seq: number; bytes: number; lines: number }>(
      `select distinct on (step) step, seq, log_offset + octet_length(log) as bytes, log_line + (data->>'lines')::int as lines
       from build_events where build = $1 and kind = 'log' order by step, log_offset desc`,
      [build],
    ),
  ])
  const steps = new Map<string, BuildStep>()
  let seq = 0
  for (const row of others.rows) {
    seq = row.seq
    const event = eventOf(row)
    if (event.kind === 'planned') for (const step of event.steps) steps.set(step.id, step)
    if (event.kind !== 'step') continue
    const known = steps.get(event.step.id)
    if (known !== undefined) steps.set(known.id, { ...known, ...event.step })
  }
  for (const log of logs.rows) {
    const known = steps.get(log.step)
    if (known !== undefined) steps.set(log.step, { ...known, logBytes: log.bytes, logLines: log.lines })
    seq = Math.max(seq, log.seq)
  }
  return { steps: [...steps.values()], seq }
}

/** Undefined: the build has no such step. `ended`: its log is complete. */
export async function findStep(
  queries: Queries,
  build: number,
  step: string,
): Promise<{ readonly ended: boolean } | undefined> {
  const { rows } = await queries.query<{ ended: boolean }>(
    `select data ? 'endedMs' as ended from build_events where build = $1 and step = $2 and kind = 'step'
     order by seq desc`,
    [build, step],
  )
  if (rows.length > 0) return { ended: rows.some(({ ended }) => ended) }
  const planned = await queries.query(
    `select 1 from build_events where build = $1 and kind = 'planned' and data->'steps' @> $2 limit 1`,
    [build, JSON.stringify([{ id: step }])],
  )
  return planned.rows.length > 0 ? { ended: false } : undefined
}

export interface LogPlace {
  readonly offset?: number
  readonly line?: number
  readonly limit: number
}

/** A part of a step's log from a byte or a line on, ending with a whole line where there is one. */
export async function readLog(
  queries: Queries,
  { build, step, ended }: { readonly build: number; readonly step: string; readonly ended: boolean },
  place: LogPlace,
): Promise<LogPart> {
  const column = place.line === undefined ? 'log_offset' : 'log_line'
  const from = place.line ?? place.offset ?? 0
  const start = `coalesce((select log_offset from build_events where build = $1 and step = $2 and kind = 'log'
    and ${column} <= $3 order by log_offset desc limit 1), 0)`
  const [segments, last] = await Promise.all([
    queries.query<Row>(
      `select * from build_events where build = $1 and step = $2 and kind = 'log' and log_offset >= ${start}
         and log_offset <= ${start} + $4 order by log_offset`,
      [build, step, from, place.limit + (128 << 10)],
    ),
    queries.query<Row>(
      `select * from build_events where build = $1 and step = $2 and kind = 'log' order by log_offset desc limit 1`,
      [build, step],
    ),
  ])
  const total = totalsOf(last.rows[0])
  const [first] = segments.rows
  if (first === undefined) return { text: '', offset: 0, line: 0, nextOffset: 0, ...total, end: ended }
  const bytes = Buffer.concat(segments.rows.map(({ log }) => log ?? Buffer.alloc(0)))
  const [base, baseLine] = [first.log_offset ?? 0, first.log_line ?? 0]
  const skipped = place.line === undefined ? from - base : bytesOfLines(bytes, from - baseLine)
  const begin = Math.min(Math.max(skipped, 0), bytes.length)
  const part = wholeLines(bytes.subarray(begin, begin + place.limit), begin + place.limit >= bytes.length)
  const offset = base + begin
  const nextOffset = offset + part.length
  const line = baseLine + newlinesIn(bytes.subarray(0, begin))
  return {
    text: part.toString('utf8'),
    offset,
    line,
    nextOffset,
    ...total,
    end: ended && nextOffset >= total.totalBytes,
  }
}

function totalsOf(row: Row | undefined): { totalBytes: number; totalLines: number } {
  if (row === undefined) return { totalBytes: 0, totalLines: 0 }
  const log = row.log ?? Buffer.alloc(0)
  return { totalBytes: (row.log_offset ?? 0) + log.length, totalLines: (row.log_line ?? 0) + newlinesIn(log) }
}

function newlinesIn(bytes: Uint8Array): number {
  let count = 0
  for (const byte of bytes) if (byte === 10) count += 1
  return count
}

function bytesOfLines(bytes: Buffer, lines: number): number {
  let at = 0
  for (let count = 0; count < lines; count += 1) {
    const end = bytes.indexOf(10, at)
    if (end < 0) return bytes.length
    at = end + 1
  }
  return at
}

/** Unless one line is longer than the part; then at a character's border. */
function wholeLines(part: Buffer, isAll: boolean): Buffer {
  const end = part.lastIndexOf(10)
  if (isAll) return part
  if (end >= 0) return part.subarray(0, end + 1)
  let length = part.length
  while (length > 0 && ((part[length - 1] ?? 0) & 0xc0) === 0x80) length -= 1
  if ((part[length - 1] ?? 0) >= 0xc0) length -= 1
  return part.subarray(0, length > 0 ? length : part.length)
}
