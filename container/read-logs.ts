import { watchDirectory } from '../layer-store/index.ts'
import type { LogLine, LogsRequest } from './container.ts'
import type { ContainerFiles } from './container-files.ts'
import { waitForExit } from './control-client.ts'
import { ContainerError } from './errors.ts'
import { type LogReader, openLogFiles } from './log-files.ts'
import type { StoredContainer } from './stored-container.ts'

/** Throws CONTAINER_NO_LOG. */
export function requireLog({ name, log }: StoredContainer): void {
  if (log.driver !== 'none') return
  throw new ContainerError('CONTAINER_NO_LOG', `Cannot read the log of container "${name}": its log driver is "none"`, {
    hint: 'Output can be seen as it comes: tsbuild attach',
    exitCode: 1,
  })
}

/** Lines in order; with `follow` until the container has ended, and then to the last byte. */
export async function* readLogs(files: ContainerFiles, request: LogsRequest): AsyncGenerator<LogLine> {
  const isWanted = (line: LogLine) => isWithin(line, request)
  // Connected before the first look: an end that comes between look and wait is not missed.
  const end = request.follow === true ? endOf(files, request.signal) : undefined
  end?.catch(() => {}) // it is waited for below; whoever leaves the loop before does not care any more
  let [reader, past] = readPast(openLogFiles(files.log))
  try {
    yield* lastOf(past.filter(isWanted), request.tail)
    past = []
    if (end === undefined) return
    const changes = watchDirectory(files.directory)
    try {
      for (let hasEnded = false; ; ) {
        if (reader?.isOf(files.log) !== true) {
          const rest = reader?.readNew() ?? []
          const newer = openLogFiles(files.log, reader)
          if (newer.length > 0) reader?.close()
          const [next, passed] = readPast(newer)
          reader = next ?? reader
          yield* [...rest, ...passed].filter(isWanted)
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

/** The newest file, to be read on, and what is in those before it, which get no more. */
function readPast(readers: readonly LogReader[]): [LogReader | undefined, LogLine[]] {
  const older = readers.slice(0, -1)
  const lines = older.flatMap((reader) => reader.readNew())
  for (const reader of older) reader.close()
  const newest = readers.at(-1)
  return [newest, [...lines, ...(newest?.readNew() ?? [])]]
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
