import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { hasCode } from '../../layer-store/index.ts'
import type { LogLine } from '../contract/container.ts'

const READ_BYTES = 256 << 10

/**
 * Opens what there is of a log, oldest first: `log.json.2`, `log.json.1`, `log.json`; with `after` only what is newer.
 * The writer may be renaming them upwards meanwhile, from the oldest on: looked for in the other direction each is met,
 * and where it is met again it was overtaken by newer ones, so that its last place shows its age.
 */
export function openLogFiles(path: string, after?: LogReader): LogReader[] {
  const found = new Map<number, { readonly reader: LogReader; place: number }>()
  let highest = 0
  for (let place = 0; place <= highest; place += 1) {
    const reader = openLogReader(place === 0 ? path : `${path}.${place}`)
    // Asked after the look: what was rotated before has a higher number now.
    if (place === highest) highest = Math.max(highest, highestNumber(path))
    if (reader === undefined) continue
    const known = found.get(reader.inode)
    if (known === undefined && reader.inode !== after?.inode) {
      found.set(reader.inode, { reader, place })
      continue
    }
    reader.close()
    if (known === undefined) break // `after` itself: the rest is older
    known.place = place
  }
  return [...found.values()].sort((a, b) => b.place - a.place).map(({ reader }) => reader)
}

function highestNumber(path: string): number {
  const prefix = `${basename(path)}.`
  const numbers = namesIn(dirname(path)).filter((name) => name.startsWith(prefix) && /\.\d{1,6}$/.test(name))
  return Math.max(0, ...numbers.map((name) => Number(name.slice(prefix.length))))
}

/** None of a directory that was removed with its container. */
function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return []
    throw error
  }
}

export interface PlacedLine {
  readonly line: LogLine
  readonly place: number
}

/** Reads entries as they are written; keeps its position, and its file when that is rotated. */
export interface LogReader {
  readonly inode: number
  /** What was written since the last call, up to `end`, to be taken to its end: a log may be larger than memory. */
  readNew(end?: number): Iterable<LogLine>
  /** What precedes the place of `goToEnd()`, the last entry first, to be left at any point. */
  readBack(): Iterable<PlacedLine>
  /** Where `readNew()` goes on. */
  goTo(place: number): void
  /** After the last whole entry. */
  goToEnd(): number
  /** False once another file is at this path. */
  isOf(path: string): boolean
  close(): void
}

/** Undefined where the file is not there. */
function openLogReader(path: string): LogReader | undefined {
  let descriptor: number
  try {
    descriptor = openSync(path, 'r')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
  const inode = fstatSync(descriptor).ino
  const buffer = Buffer.alloc(READ_BYTES)
  let rest: Buffer = Buffer.alloc(0)
  let position = 0
  return {
    // Who writes faster than we are read is not followed for ever.
    *readNew(end = fstatSync(descriptor).size) {
      while (position < end) {
        const length = readSync(descriptor, buffer, 0, Math.min(buffer.length, end - position), position)
        if (length === 0) return
        position += length
        const bytes = Buffer.concat([rest, buffer.subarray(0, length)])
        const whole = bytes.lastIndexOf(10) + 1
        rest = bytes.subarray(whole)
        for (const { line } of parseEntries(bytes.subarray(0, whole), 0)) yield line
      }
    },
    *readBack() {
      let end = position
      let later: Buffer = Buffer.alloc(0)
      while (end > 0) {
        const start = Math.max(0, end - buffer.length)
        const bytes = Buffer.concat([readRange(descriptor, buffer, start, end), later])
        const firstEntry = start === 0 ? 0 : bytes.indexOf(10) + 1
        later = bytes.subarray(0, firstEntry === 0 && start > 0 ? bytes.length : firstEntry)
        yield* parseEntries(bytes.subarray(later.length), start + later.length).reverse()
        end = start
      }
    },
    goTo: (place) => {
      position = place
    },
    goToEnd: () => {
      position = endOfLastLine(descriptor, fstatSync(descriptor).size, buffer)
      return position
    },
    isOf: (place) => statSync(place, { throwIfNoEntry: false })?.ino === inode,
    inode,
    close: () => closeSync(descriptor),
  }
}

/** An entry that is being written does not count yet. */
function endOfLastLine(descriptor: number, size: number, buffer: Buffer): number {
  for (let end = size; end > 0; end -= buffer.length) {
    const start = Math.max(0, end - buffer.length)
    const found = readRange(descriptor, buffer, start, end).lastIndexOf(10)
    if (found !== -1) return start + found + 1
  }
  return 0
}

function readRange(descriptor: number, buffer: Buffer, start: number, end: number): Buffer {
  return buffer.subarray(0, readSync(descriptor, buffer, 0, end - start, start))
}

/** A torn entry (a machine that lost power) is passed over. */
function parseEntries(bytes: Buffer, at: number): PlacedLine[] {
  const found: PlacedLine[] = []
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(10, start)
    const end = newline === -1 ? bytes.length : newline
    const line = parseEntry(bytes.toString('utf8', start, end))
    if (line !== undefined) found.push({ line, place: at + start })
    start = end + 1
  }
  return found
}

function parseEntry(line: string): LogLine | undefined {
  if (line === '') return undefined
  try {
    const entry: unknown = JSON.parse(line)
    return isEntry(entry) ? { stream: entry.stream, time: entry.time, text: entry.log } : undefined
  } catch {
    return undefined // cut off by a crash
  }
}

function isEntry(entry: unknown): entry is { log: string; stream: LogLine['stream']; time: string } {
  if (typeof entry !== 'object' || entry === null) return false
  if (!('log' in entry && 'time' in entry && 'stream' in entry)) return false
  const isStream = entry.stream === 'stdout' || entry.stream === 'stderr'
  return isStream && typeof entry.log === 'string' && typeof entry.time === 'string'
}
