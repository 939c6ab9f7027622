import { closeSync, constants, fstatSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { isMissing } from '../files/file-errors.ts'
import type { NewEvent } from './event.ts'
import { eventNumbers, eventsFolder, eventsPath } from './event-files.ts'

/** A file of this size is complete: the next one is started, and only one older is kept. */
const FULL_BYTES = 1 << 20
const MAX_RECORD_BYTES = 8 << 10
/** Attributes that a record keeps that would be too large with all of them. */
const ESSENTIAL: ReadonlySet<string> = new Set(['image', 'name', 'exitCode', 'signal', 'oldName', 'execID'])

/**
 * One write in append mode: records of different processes never mix. Nothing is flushed: a power cut may cost the last
 * ones, and no command waits for the disk.
 */
export function appendEvent(root: string, event: NewEvent): void {
  try {
    appendRecord(root, encodeRecord(event))
  } catch (error) {
    // A full or read-only disk: what the event reports has happened, and must not fail for it.
    if (!(error instanceof Error && 'syscall' in error)) throw error
  }
}

/** SPEC: RFC 7464: the separator in front lets a reader find the next record after one that was torn. */
function encodeRecord({ type, action, id, attributes = {} }: NewEvent): string {
  const time = new Date().toISOString()
  const encode = (kept: object) => `\x1e${JSON.stringify({ time, type, action, id, attributes: kept })}\n`
  const whole = encode(attributes)
  if (Buffer.byteLength(whole) <= MAX_RECORD_BYTES) return whole
  return encode(Object.fromEntries(Object.entries(attributes).filter(([key]) => ESSENTIAL.has(key))))
}

function appendRecord(root: string, record: string): void {
  const newest = eventNumbers(root).at(-1)
  if (newest === undefined) mkdirSync(eventsFolder(root), { recursive: true, mode: 0o700 })
  const descriptor = openNewest(root, newest)
  try {
    if (fstatSync(descriptor).size < FULL_BYTES) {
      writeSync(descriptor, record)
      return
    }
  } finally {
    closeSync(descriptor)
  }
  beginNext(root, (newest ?? 1) + 1, record)
}

/** A file that was removed as too old in between is not made anew. */
function openNewest(root: string, newest: number | undefined): number {
  try {
    return openFile(root, newest ?? 1, newest === undefined)
  } catch (error) {
    if (!isMissing(error)) throw error
    return openFile(root, eventNumbers(root).at(-1) ?? 1, true)
  }
}

/** Two that begin it at once begin the same. */
function beginNext(root: string, number: number, record: string): void {
  const descriptor = openFile(root, number, true)
  try {
    writeSync(descriptor, record)
  } finally {
    closeSync(descriptor)
  }
  for (const old of eventNumbers(root)) if (old < number - 1) rmSync(eventsPath(root, old), { force: true })
}

function openFile(root: string, number: number, isMade: boolean): number {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = constants
  return openSync(eventsPath(root, number), O_WRONLY | O_APPEND | O_NOFOLLOW | (isMade ? O_CREAT : 0), 0o600)
}
