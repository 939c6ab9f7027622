import type { BuildEvent } from '../../engine/index.ts'
import type { Build, BuildSteps, LogPart } from '../api/index.ts'
import type { FollowedBuild } from '../http/stream-build.ts'
import type { NumberedRow } from '../logs/event-row.ts'
import { createEventRows } from '../logs/event-rows.ts'
import { liveEvent } from '../logs/live-event.ts'
import { type LogRange, logPart } from '../logs/log-part.ts'
import { createMask, maskText } from '../logs/mask-secrets.ts'
import { MemoryRows } from './memory-rows.ts'

/** A single build with its events and logs, kept in memory. */
export interface MemoryBuild extends FollowedBuild {
  add(event: BuildEvent): void
  /** Changes the build itself. */
  set(change: Partial<Build>): void
  steps(): BuildSteps
  /** All events so far. */
  rows(): readonly NumberedRow[]
  /** Undefined if there is no such step. */
  log(step: string, range: LogRange): LogPart | undefined
}

const FLUSH_MS = 100
/** For a program that uses the user's memory. */
const MAX_LOG_BYTES = 256 << 20

export interface MemoryBuildOptions {
  readonly secrets?: readonly string[]
  /** Events of a build that has ended. */
  readonly rows?: readonly NumberedRow[]
}

export function memoryBuild(first: Build, { secrets = [], rows: known = [] }: MemoryBuildOptions): MemoryBuild {
  let build = first
  const rows = new MemoryRows(known)
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
    for (const row of fresh.take()) rows.add(row)
    wake()
  }
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
    events: async ({ after, limit }) => rows.all.slice(after, after + limit).map(liveEvent),
    listen: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    steps: () => rows.steps(),
    rows: () => rows.all,
    log: (id, range) => {
      const step = rows.steps().steps.find((one) => one.id === id)
      if (step === undefined) return undefined
      const ended = step.endedMs !== undefined || build.endedAt !== undefined
      return logPart(rows.segments(id, range), { ...rows.total(id), ended }, range)
    },
  }
}
