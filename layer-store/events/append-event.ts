import { closeSync, constants, fstatSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { isMissing } from '../files/file-errors.ts'
import type { NewEvent } from './event.ts'
import { eventNumbers, eventsFolder, eventsPath } from './event-files.ts'

/** At this size, a file is complete and the next one is started; only one older file is kept. */
const FULL_BYTES = 1 << 20
const MAX_RECORD_BYTES = 8 << 10
/** Attributes kept in a record that would be too large with all of them. */
const ESSENTIAL: ReadonlySet<string> = new Set(['image', 'name', 'exitCode', 'signal', 'oldName', 'execID'])

/**
 * A single write in append mode: records of different processes never mix. Nothing is flushed: a power failure may lose
 * the last records, and no command waits for the disk.
 */
export function appendEvent(root: string, event: NewEvent): void {
  try {
    appendRecord(root, encodeRecord(event))
  } catch (error) {
    // On a full or read-only disk: the event has happened and must not fail because of its record.
    if (!(error instanceof Error && 'syscall' in error)) throw error
  }
}

/** SPEC: RFC 7464: the leading separator lets readers find the next record after a truncated one. */
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

/** Does not recreate a file that was removed as too old concurrently. */
function openNewest(root: string, newest: number | undefined): number {
  try {
    return openFile(root, newest ?? 1, newest === undefined)
  } catch (error) {
    if (!isMissing(error)) throw error
    return openFile(root, eventNumbers(root).at(-1) ?? 1, true)
  }
}

/** Two processes that start it concurrently write the same. */
function beginNext(root: string, number: number, record: string): void {
  const descriptor = openFile(root, number, true)
  try {
    writeSync(descriptor, record)
  } finally {
    closeSync(descriptor)
  }
  for (const old of eventNumbers(root)) if (old < number - 1) rmSync(eventsPath(root, old), { force: true })
}

function openFile(root: string, number: number, creates: boolean): number {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = constants
  return openSync(eventsPath(root, number), O_WRONLY | O_APPEND | O_NOFOLLOW | (creates ? O_CREAT : 0), 0o600)
}
