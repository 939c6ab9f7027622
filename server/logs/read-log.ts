import type { LogPart } from '../api/index.ts'
import type { Queries } from '../state/database.ts'
import { type LogRange, logPart } from './log-part.ts'

interface SegmentRow {
  readonly log_offset: number | null
  readonly log_line: number | null
  readonly log: Buffer | null
}

/** More than a segment, so that the rest after the last complete one is included. */
const SEGMENT_ROOM = 128 << 10

/** The part of a step's log from a byte or a line. */
export async function readLog(
  queries: Queries,
  { build, step, ended }: { readonly build: number; readonly step: string; readonly ended: boolean },
  range: LogRange,
): Promise<LogPart> {
  // A line begins after the previous newline, which may be in an earlier segment than the first one with that line number.
  const before = range.line === undefined ? 'log_offset <=' : 'log_line <'
  const from = range.line ?? range.offset ?? 0
  const start = `coalesce((select log_offset from build_events where build = $1 and step = $2 and kind = 'log'
    and ${before} $3 order by log_offset desc limit 1), 0)`
  const [segments, last] = await Promise.all([
    queries.query<SegmentRow>(
      `select * from build_events where build = $1 and step = $2 and kind = 'log' and log_offset >= ${start}
         and log_offset <= ${start} + $4 order by log_offset`,
      [build, step, from, range.limit + SEGMENT_ROOM],
    ),
    queries.query<{ bytes: number; lines: number }>(
      `select log_offset + octet_length(log) as bytes, log_line + (data->>'lines')::int as lines
       from build_events where build = $1 and step = $2 and kind = 'log' order by log_offset desc limit 1`,
      [build, step],
    ),
  ])
  const { bytes: totalBytes = 0, lines: totalLines = 0 } = last.rows[0] ?? {}
  const found = segments.rows.map(({ log_offset, log_line, log }) => ({
    offset: log_offset ?? 0,
    line: log_line ?? 0,
    bytes: log ?? Buffer.alloc(0),
  }))
  return logPart(found, { totalBytes, totalLines, ended }, range)
}
