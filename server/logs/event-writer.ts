import type { BuildEvent } from '../../engine/index.ts'
import { notify } from '../state/channels.ts'
import type { Database } from '../state/database.ts'
import { retryDatabase } from '../state/retry-database.ts'
import { storableJson } from '../state/storable-json.ts'
import { batchesOf, EarlierLogs, removeEarlierLog, restoreEarlierLog } from './earlier-logs.ts'
import type { EventRow } from './event-row.ts'
import { createEventRows } from './event-rows.ts'
import { createMask, maskText } from './mask-secrets.ts'

export interface EventWriter {
  add(event: BuildEvent): void
  /** True if the backlog is so large that the build should pause. */
  isFull(): boolean
  /** Writes the rest. */
  close(): Promise<void>
}

export interface EventWriterOptions {
  readonly build: number
  /** Only this attempt may write: a worker that lost its lease no longer writes. */
  readonly attempt: number
  readonly secrets: Iterable<string>
  readonly maxLogBytes: number
}

const FLUSH_MS = 100
const FULL_BYTES = 16 << 20

/** Appends to a build's events, many in one statement; waits while the database is unreachable. */
export async function openEventWriter(database: Database, options: EventWriterOptions): Promise<EventWriter> {
  const { build, attempt, maxLogBytes } = options
  const secrets = [...options.secrets]
  const rows = createEventRows({
    newMask: createMask(secrets),
    maskText: (text) => maskText(text, secrets),
    maxLogBytes,
  })
  const started = await startAttempt(database, build, attempt)
  let { seq } = started
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()
  /** Writes in order; each statement is repeatable, because its numbers are assigned here. */
  const write = (count: number, statement: (first: number) => Promise<void>): void => {
    const first = seq + 1
    seq += count
    writing = writing.then(() => retryDatabase(() => statement(first)))
    writing.catch(() => undefined) // close() rejects; unhandled until then, it would end this process
  }
  const flush = (): void => {
    timer = undefined
    for (const { rows: batch, earlierLog } of batchesOf(rows.take(), started.earlierLogs)) {
      write(batch.length, (first) => writeBatch(database, { build, attempt, first, rows: batch }))
      if (earlierLog === undefined) continue
      const { step, segments, isKept } = earlierLog
      const about = { build, attempt, step }
      if (isKept) write(segments, (first) => restoreEarlierLog(database, about, first))
      else write(0, () => removeEarlierLog(database, about))
    }
  }
  return {
    add: (event) => {
      rows.add(event)
      timer ??= setTimeout(flush, FLUSH_MS)
    },
    isFull: () => rows.waitingBytes() > FULL_BYTES,
    close: async () => {
      clearTimeout(timer)
      flush()
      await writing
    },
  }
}

interface StartedAttempt {
  /** The last assigned number. */
  readonly seq: number
  readonly earlierLogs: EarlierLogs
}

/** Removes the events of an earlier attempt; numbers continue, so that readers notice. */
async function startAttempt(database: Database, build: number, attempt: number): Promise<StartedAttempt> {
  if (attempt === 1) return { seq: 0, earlierLogs: EarlierLogs.none() }
  return database.transaction(async (queries) => {
    const { rows } = await queries.query<{ seq: number | null }>(
      'select max(seq) + 1 as seq from build_events where build = $1 and seq > 0',
      [build],
    )
    const seq = rows[0]?.seq ?? 1
    const earlierLogs = await EarlierLogs.setAside(queries, build)
    await queries.query('delete from build_events where build = $1 and seq > 0', [build])
    const values = [build, seq, { attempt }]
    await queries.query(`insert into build_events (build, seq, kind, data) values ($1, $2, 'restarted', $3)`, values)
    notify(queries, 'events', build)
    return { seq, earlierLogs }
  })
}

interface Batch {
  readonly build: number
  readonly attempt: number
  readonly first: number
  readonly rows: readonly EventRow[]
}

async function writeBatch(database: Database, { build, attempt, first, rows }: Batch): Promise<void> {
  await database.query(
    // The lock makes a worker that takes over the build wait until these rows exist, so that it removes them.
    `with mine as materialized (select from builds where id = $1 and attempt = $9 for share)
     insert into build_events (build, seq, kind, step, data, log_offset, log_line, log)
       select $1, row.* from mine,
         unnest($2::int[], $3::text[], $4::text[], $5::jsonb[], $6::bigint[], $7::bigint[], $8::bytea[]) row
       on conflict do nothing`,
    [
      build,
      rows.map((_, index) => first + index),
      rows.map(({ kind }) => kind),
      rows.map((row) => ('step' in row ? row.step.replaceAll('\0', '\ufffd') : null)),
      rows.map(({ data }) => storableJson(data)),
      rows.map((row) => (row.kind === 'log' ? row.logOffset : null)),
      rows.map((row) => (row.kind === 'log' ? row.logLine : null)),
      rows.map((row) => (row.kind === 'log' ? row.log : null)),
      attempt,
    ],
  )
  notify(database, 'events', build)
}
