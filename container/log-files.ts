import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs'
import type { LogLine } from './container.ts'
import { isErrno } from './file-errors.ts'

const READ_BYTES = 256 << 10

/** Existing files of a log, oldest first: `log.json.2`, `log.json.1`, `log.json`. */
export function logFiles(path: string): string[] {
  const found: string[] = []
  for (let number = 1; exists(`${path}.${number}`); number += 1) found.unshift(`${path}.${number}`)
  return exists(path) ? [...found, path] : found
}

/** Reads entries as they come to be; keeps its place, and its file when that is rotated away. */
export interface LogReader {
  /** What was written since the last call. */
  readNew(): LogLine[]
  /** True once another file stands in this one's place. */
  isRotated(): boolean
  close(): void
}

/** Undefined where the file is not there. */
export function openLogReader(path: string): LogReader | undefined {
  let descriptor: number
  try {
    descriptor = openSync(path, 'r')
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
  const inode = fstatSync(descriptor).ino
  const buffer = Buffer.alloc(READ_BYTES)
  let rest: Buffer = Buffer.alloc(0)
  return {
    readNew() {
      const lines: LogLine[] = []
      for (;;) {
        const length = readSync(descriptor, buffer, 0, buffer.length, null)
        if (length === 0) return lines
        const bytes = Buffer.concat([rest, buffer.subarray(0, length)])
        const end = bytes.lastIndexOf(10) + 1
        rest = bytes.subarray(end)
        lines.push(...parseEntries(bytes.toString('utf8', 0, end)))
      }
    },
    isRotated: () => statSync(path, { throwIfNoEntry: false })?.ino !== inode,
    close: () => closeSync(descriptor),
  }
}

/** A torn entry (a machine that lost power) is passed over. */
function parseEntries(text: string): LogLine[] {
  return text.split('\n').flatMap((line) => parseEntry(line) ?? [])
}

function parseEntry(line: string): LogLine | undefined {
  if (line === '') return undefined
  try {
    const entry: unknown = JSON.parse(line)
    return isEntry(entry) ? { stream: entry.stream, time: entry.time, text: entry.log } : undefined
  } catch {
    return undefined
  }
}

function isEntry(entry: unknown): entry is { log: string; stream: 'stdout' | 'stderr'; time: string } {
  if (typeof entry !== 'object' || entry === null) return false
  return 'log' in entry && 'time' in entry && 'stream' in entry && typeof entry.log === 'string'
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}
