import { watchDirectory } from '../layer-store/index.ts'
import type { LogLine, LogsRequest } from './container.ts'
import type { ContainerFiles } from './container-files.ts'
import { waitForExit } from './control-client.ts'
import { type LogReader, logFiles, openLogReader } from './log-files.ts'

/** Lines in order; with `follow` until the container has ended, and then to the last byte. */
export async function* readLogs(files: ContainerFiles, request: LogsRequest): AsyncGenerator<LogLine> {
  const isWanted = (line: LogLine) => isWithin(line, request)
  // Connected before the first look: an end that comes between look and wait is not missed.
  const end = request.follow === true ? endOf(files, request.signal) : undefined
  let reader = openLogReader(files.log)
  try {
    yield* lastOf(pastLines(files, reader).filter(isWanted), request.tail)
    if (end === undefined) return
    const changes = watchDirectory(files.directory)
    try {
      for (let hasEnded = false; ; ) {
        reader = reader ?? openLogReader(files.log)
        if (reader?.isRotated() === true) {
          yield* reader.readNew().filter(isWanted)
          reader.close()
          reader = openLogReader(files.log)
        }
        yield* (reader?.readNew() ?? []).filter(isWanted)
        if (hasEnded || isOver(request)) return
        hasEnded = await Promise.race([end, changes.next().then(() => false)])
      }
    } finally {
      changes.close()
    }
  } finally {
    reader?.close()
  }
}

/** Resolves true when the container has ended or nobody wants to follow any more. */
async function endOf(files: ContainerFiles, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await waitForExit(files, signal === undefined ? {} : { signal })
  } catch (error) {
    if (signal?.aborted !== true) throw error
  }
  return true
}

function pastLines(files: ContainerFiles, current: LogReader | undefined): LogLine[] {
  const older = logFiles(files.log).slice(0, -1)
  return [...older.flatMap(readWhole), ...(current?.readNew() ?? [])]
}

function readWhole(path: string): LogLine[] {
  const reader = openLogReader(path)
  if (reader === undefined) return []
  try {
    return reader.readNew()
  } finally {
    reader.close()
  }
}

/** Counted in lines as a reader sees them: a long one in several pieces is one. */
function lastOf(lines: LogLine[], tail: number | undefined): LogLine[] {
  if (tail === undefined || tail < 0) return lines
  let count = 0
  for (let index = lines.length - 1; index >= 0; index -= 1) {
    const before = lines[index - 1]
    if (before !== undefined && !before.text.endsWith('\n') && before.stream === lines[index]?.stream) continue
    count += 1
    if (count === tail) return lines.slice(index)
  }
  return tail === 0 ? [] : lines
}

function isWithin(line: LogLine, { sinceMs, untilMs }: LogsRequest): boolean {
  const time = Date.parse(line.time)
  return (sinceMs === undefined || time >= sinceMs) && (untilMs === undefined || time <= untilMs)
}

function isOver({ untilMs, signal }: LogsRequest): boolean {
  return signal?.aborted === true || (untilMs !== undefined && Date.now() > untilMs)
}
