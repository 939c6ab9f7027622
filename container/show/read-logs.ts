import { watchDirectory } from '../../layer-store/index.ts'
import type { LogLine, LogsRequest } from '../contract/container.ts'
import { ContainerError } from '../contract/errors.ts'
import { waitForExit } from '../control/control-client.ts'
import type { ContainerFiles } from '../state/container-files.ts'
import type { StoredContainer } from '../state/stored-container.ts'
import { type LogReader, openLogFiles } from './log-files.ts'

/** Throws CONTAINER_NO_LOG. */
export function requireLog({ name, log }: StoredContainer): void {
  if (log.driver !== 'none') return
  throw new ContainerError('CONTAINER_NO_LOG', `Cannot read the log of container "${name}": its log driver is "none"`, {
    hint: 'Use tsbuild attach to see output while the container runs',
    exitCode: 1,
  })
}

/** Lines in order; with `follow`, until the container has exited and all output is read. */
export async function* readLogs(files: ContainerFiles, request: LogsRequest): AsyncGenerator<LogLine> {
  const left = new AbortController() // the connection would keep a caller running that leaves the loop early
  const stop = AbortSignal.any([left.signal, ...(request.signal ? [request.signal] : [])])
  // Connect before the first read, so that an exit between read and wait is not missed.
  const end = request.follow === true ? endOf(files, stop) : undefined
  end?.catch(() => {}) // awaited below, unless the caller leaves the loop early
  let reader: LogReader | undefined
  try {
    const past = openLogFiles(files.log)
    reader = past.at(-1)
    yield* pastLines(past, request)
    if (end === undefined) return
    const changes = watchDirectory(files.directory)
    try {
      for (let hasEnded = false; ; ) {
        yield* wanted(reader?.readNew() ?? [], request)
        if (reader?.isOf(files.log) !== true) {
          // its last lines may have been written before it was rotated away
          yield* wanted(reader?.readNew() ?? [], request)
          const newer = openLogFiles(files.log, reader)
          if (newer.length > 0) reader?.close()
          reader = newer.at(-1) ?? reader
          yield* wanted(linesOf(newer), request)
        }
        if (hasEnded || isOver(request)) return
        hasEnded = await Promise.race([end, changes.next().then(() => false)])
      }
    } finally {
      changes.close()
    }
  } finally {
    left.abort()
    reader?.close()
  }
}

/** Resolves true when the container has exited or the caller stopped following. */
async function endOf(files: ContainerFiles, signal: AbortSignal): Promise<boolean> {
  try {
    await waitForExit(files, { signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
  return true
}

/**
 * Lines of the files, of the newest up to `end`. The newest stays open to be read later; the others are complete and
 * closed.
 */
function* linesOf(readers: readonly LogReader[], end?: number): Generator<LogLine> {
  try {
    for (const reader of readers) yield* reader === readers.at(-1) ? reader.readNew(end) : reader.readNew()
  } finally {
    for (const older of readers.slice(0, -1)) older.close()
  }
}

function* wanted(lines: Iterable<LogLine>, request: LogsRequest): Generator<LogLine> {
  for (const line of lines) if (isWanted(line, request)) yield line
}

function isWanted(line: LogLine, { sinceMs, untilMs }: LogsRequest): boolean {
  const time = Date.parse(line.time)
  return (sinceMs === undefined || time >= sinceMs) && (untilMs === undefined || time <= untilMs)
}

function* pastLines(past: readonly LogReader[], request: LogsRequest): Generator<LogLine> {
  const { tail } = request
  if (tail === undefined || tail < 0) yield* wanted(linesOf(past), request)
  else yield* wanted(linesOf(past, goToTail(past, request, tail)), request)
}

/**
 * Moves to the start of the last lines. Lines are counted as shown: one in several entries counts once. A line may be
 * larger than memory, so only its position is kept. Returns the position where counting started.
 */
function goToTail(readers: readonly LogReader[], request: LogsRequest, tail: number): number | undefined {
  const end = readers.map((reader) => reader.goToEnd()).at(-1)
  let next: LogLine | undefined
  let count = 0
  for (const reader of readers.toReversed()) {
    for (const { line, position } of reader.readBack()) {
      if (!isWanted(line, request)) continue
      const isPiece = next !== undefined && !line.text.endsWith('\n') && line.stream === next.stream
      if (!isPiece && count === tail) return end
      if (!isPiece) count += 1
      reader.goTo(position)
      next = line
    }
  }
  return end
}

function isOver({ untilMs, signal }: LogsRequest): boolean {
  return signal?.aborted === true || (untilMs !== undefined && Date.now() > untilMs)
}
