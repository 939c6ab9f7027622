import type { BuildEvent } from '../../engine/index.ts'
import type { Build, BuildSteps, LogPart } from '../api/index.ts'
import type { FollowedBuild } from '../http/stream-build.ts'
import type { LogRow, NumberedRow } from '../logs/event-row.ts'
import { createEventRows } from '../logs/event-rows.ts'
import { type LogTotal, liveEvent, stepsAfter } from '../logs/live-event.ts'
import { type LogPlace, logPart } from '../logs/log-part.ts'
import { createMask, maskText } from '../logs/mask-secrets.ts'

/** One build with its events and logs, kept in memory. */
export interface MemoryBuild extends FollowedBuild {
  add(event: BuildEvent): void
  /** The build itself changed. */
  set(change: Partial<Build>): void
  steps(): BuildSteps
  /** All events so far. */
  rows(): readonly NumberedRow[]
  /** Undefined: there is no such step. */
  log(step: string, place: LogPlace): LogPart | undefined
}

const FLUSH_MS = 100
/** Of a program whose memory is the user's. */
const MAX_LOG_BYTES = 256 << 20

export interface MemoryBuildOptions {
  readonly secrets?: readonly string[]
  /** Of a build that has ended. */
  readonly rows?: readonly NumberedRow[]
}

export function memoryBuild(first: Build, { secrets = [], rows: known = [] }: MemoryBuildOptions): MemoryBuild {
  let build = first
  const rows: NumberedRow[] = [...known]
  const totals = new Map<string, LogTotal>()
  for (const row of known) if (row.kind === 'log') totals.set(row.step, totalAfter(row))
  const listeners = new Set<() => void>()
  const fresh = createEventRows({
    newMask: createMask(secrets),
    maskText: (text) => maskText(text, secrets),
    maxLogBytes: MAX_LOG_BYTES,
  })
  let timer: NodeJS.Timeout | undefined
  const wake = (): void => {
    for (const listener of listeners) listener()
  }
  const flush = (): void => {
    clearTimeout(timer)
    timer = undefined
    for (const row of fresh.take()) {
      const numbered = { ...row, seq: rows.length + 1 }
      rows.push(numbered)
      if (numbered.kind === 'log') totals.set(numbered.step, totalAfter(numbered))
    }
    wake()
  }
  const stepsNow = (): BuildSteps =>
    stepsAfter(
      rows.filter(({ kind }) => kind !== 'log'),
      totals.values(),
    )
  return {
    add: (event) => {
      fresh.add(event)
      timer ??= setTimeout(flush, FLUSH_MS)
    },
    set: (change) => {
      flush()
      build = { ...build, ...change }
      wake()
    },
    build: async () => build,
    events: async ({ after, limit }) => rows.slice(after, after + limit).map(liveEvent),
    listen: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    steps: stepsNow,
    rows: () => rows,
    log: (step, place) => {
      const found = stepsNow().steps.find(({ id }) => id === step)
      if (found === undefined) return undefined
      const { bytes: totalBytes = 0, lines: totalLines = 0 } = totals.get(step) ?? {}
      const ended = found.endedMs !== undefined || build.endedAt !== undefined
      return logPart(segmentsOf(rows, step, place), { totalBytes, totalLines, ended }, place)
    },
  }
}

function totalAfter({ step, seq, log, logOffset, logLine, data }: LogRow): LogTotal {
  return { step, seq, bytes: logOffset + log.length, lines: logLine + data.lines }
}

/** From the one that holds the place on, and one more than the limit needs. */
function segmentsOf(rows: readonly NumberedRow[], step: string, { line, offset = 0, limit }: LogPlace) {
  const all = rows
    .filter((row) => row.kind === 'log')
    .filter((row) => row.step === step)
    .map(({ logOffset, logLine, log }) => ({ offset: logOffset, line: logLine, bytes: log }))
  const begin = all.findLastIndex((one) => (line === undefined ? one.offset <= offset : one.line < line))
  const from = all.slice(Math.max(begin, 0))
  const enough = (from[0]?.offset ?? 0) + (from[0]?.bytes.length ?? 0) + limit
  const end = from.findIndex((one) => one.offset > enough)
  return end < 0 ? from : from.slice(0, end + 1)
}
