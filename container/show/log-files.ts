import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { hasCode } from '../../errors/index.ts'
import type { LogLine } from '../contract/container.ts'

const READ_BYTES = 256 << 10

/**
 * Opens the files of a log, oldest first: `log.json.2`, `log.json.1`, `log.json`; with `after` only newer ones.
 * The writer may rotate them concurrently, renaming the oldest first. Opening in the opposite direction meets every
 * file; one met again has been rotated, so its last position determines its age.
 */
export function openLogFiles(path: string, after?: LogReader): LogReader[] {
  const found = new Map<number, { readonly reader: LogReader; position: number }>()
  let highest = 0
  for (let number = 0; number <= highest; number += 1) {
    const reader = openLogReader(number === 0 ? path : `${path}.${number}`)
    // Checked after opening: a file rotated in the meantime has a higher number now.
    if (number === highest) highest = Math.max(highest, highestNumber(path))
    if (reader === undefined) continue
    const known = found.get(reader.inode)
    if (known === undefined && reader.inode !== after?.inode) {
      found.set(reader.inode, { reader, position: number })
      continue
    }
    reader.close()
    if (known === undefined) break // `after` itself: the rest is older
    known.position = number
  }
  return [...found.values()].sort((a, b) => b.position - a.position).map(({ reader }) => reader)
}

function highestNumber(path: string): number {
  const prefix = `${basename(path)}.`
  const numbers = namesIn(dirname(path)).filter((name) => name.startsWith(prefix) && /\.\d{1,6}$/.test(name))
  return Math.max(0, ...numbers.map((name) => Number(name.slice(prefix.length))))
}

/** Empty if the directory was removed with its container. */
function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return []
    throw error
  }
}

export interface LocatedLine {
  readonly line: LogLine
  readonly position: number
}

/** Reads entries as they are written; keeps its position and file across rotation. */
export interface LogReader {
  readonly inode: number
  /** Entries written since the last call, up to `end`. Consume it to its end: a log may be larger than memory. */
  readNew(end?: number): Iterable<LogLine>
  /** Entries before the position of `goToEnd()`, last first; may be left at any point. */
  readBack(): Iterable<LocatedLine>
  /** Sets the position for `readNew()`. */
  goTo(number: number): void
  /** Moves behind the last complete entry and returns its position. */
  goToEnd(): number
  /** False if another file is at this path now. */
  isOf(path: string): boolean
  close(): void
}

/** Undefined if the file does not exist. */
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
    // Bounded, so that a fast writer cannot keep us here forever.
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
        const bytes = Buffer.concat([readRange({ descriptor, buffer }, start, end), later])
        const firstEntry = start === 0 ? 0 : bytes.indexOf(10) + 1
        later = bytes.subarray(0, firstEntry === 0 && start > 0 ? bytes.length : firstEntry)
        yield* parseEntries(bytes.subarray(later.length), start + later.length).reverse()
        end = start
      }
    },
    goTo: (number) => {
      position = number
    },
    goToEnd: () => {
      position = endOfLastLine(descriptor, fstatSync(descriptor).size, buffer)
      return position
    },
    isOf: (number) => statSync(number, { throwIfNoEntry: false })?.ino === inode,
    inode,
    close: () => closeSync(descriptor),
  }
}

/** Excludes an entry that is still being written. */
function endOfLastLine(descriptor: number, size: number, buffer: Buffer): number {
  for (let end = size; end > 0; end -= buffer.length) {
    const start = Math.max(0, end - buffer.length)
    const found = readRange({ descriptor, buffer }, start, end).lastIndexOf(10)
    if (found !== -1) return start + found + 1
  }
  return 0
}

interface LogReading {
  readonly descriptor: number
  /** Where it is read into. */
  readonly buffer: Buffer
}

function readRange({ descriptor, buffer }: LogReading, start: number, end: number): Buffer {
  return buffer.subarray(0, readSync(descriptor, buffer, 0, end - start, start))
}

/** Incomplete entries (after a power failure) are skipped. */
function parseEntries(bytes: Buffer, at: number): LocatedLine[] {
  const found: LocatedLine[] = []
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(10, start)
    const end = newline === -1 ? bytes.length : newline
    const line = parseEntry(bytes.toString('utf8', start, end))
    if (line !== undefined) found.push({ line, position: at + start })
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
