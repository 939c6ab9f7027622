import { closeSync, mkdirSync, openSync, readSync } from 'node:fs'
import { isMissing } from '../files/file-errors.ts'
import { watchDirectory } from '../files/watch-directory.ts'
import type { EventsRequest, StoreEvent } from './event.ts'
import { eventNumbers, eventsFolder, eventsPath } from './event-files.ts'

const READ_BYTES = 256 << 10
/** No writer creates longer records. */
const MAX_RECORD_CHARACTERS = 64 << 10

/** Reads all files repeatedly, each from its last position: a late writer may still have an older one open. */
export async function* readEvents(root: string, request: EventsRequest): AsyncGenerator<StoreEvent> {
  const readers = new Map<number, EventReader>()
  if (request.follow === true) mkdirSync(eventsFolder(root), { recursive: true, mode: 0o700 })
  // Watch before the first read, so that no change between read and wait is missed.
  const changes = request.follow === true ? watchDirectory(eventsFolder(root)) : undefined
  const wake = () => changes?.close()
  request.signal?.addEventListener('abort', wake, { once: true })
  try {
    for (let isLast = changes === undefined; ; ) {
      isLast ||= isOver(request)
      for (const event of readNew(root, readers)) if (isWithin(event, request)) yield event
      if (isLast || changes === undefined) return
      await changes.next()
    }
  } finally {
    request.signal?.removeEventListener('abort', wake)
    changes?.close()
    for (const reader of readers.values()) reader.close()
  }
}

function readNew(root: string, readers: Map<number, EventReader>): readonly StoreEvent[] {
  const numbers = eventNumbers(root)
  for (const number of numbers) {
    const reader = readers.has(number) ? undefined : openReader(eventsPath(root, number))
    if (reader !== undefined) readers.set(number, reader)
  }
  const events = [...readers].sort(([a], [b]) => a - b).flatMap(([, reader]) => reader.readNew())
  for (const [number, reader] of readers) {
    if (numbers.includes(number)) continue
    reader.close()
    readers.delete(number)
  }
  return events
}

interface EventReader {
  readNew(): readonly StoreEvent[]
  close(): void
}

/** Undefined if the file was removed concurrently. */
function openReader(path: string): EventReader | undefined {
  let descriptor: number
  try {
    descriptor = openSync(path, 'r')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
  const buffer = Buffer.alloc(READ_BYTES)
  let rest: Buffer = Buffer.alloc(0)
  return {
    readNew() {
      const events: StoreEvent[] = []
      for (;;) {
        const length = readSync(descriptor, buffer, 0, buffer.length, null)
        if (length === 0) return events
        const bytes = Buffer.concat([rest, buffer.subarray(0, length)])
        const end = bytes.lastIndexOf(10) + 1
        rest = bytes.length - end > MAX_RECORD_CHARACTERS ? Buffer.alloc(0) : bytes.subarray(end)
        for (const event of parseRecords(bytes.toString('utf8', 0, end))) events.push(event)
      }
    },
    close: () => closeSync(descriptor),
  }
}

/** Text before the last separator of a line is a truncated record and is skipped. */
function parseRecords(text: string): readonly StoreEvent[] {
  return text.split('\n').flatMap((line) => parseEvent(line.slice(line.lastIndexOf('\x1e') + 1)) ?? [])
}

function parseEvent(text: string): StoreEvent | undefined {
  if (text === '' || text.length > MAX_RECORD_CHARACTERS) return undefined
  try {
    const document: unknown = JSON.parse(text)
    return isEvent(document) ? document : undefined
  } catch {
    return undefined
  }
}

const TYPES: ReadonlySet<unknown> = new Set(['container', 'image', 'volume', 'builder'])

function isEvent(document: unknown): document is StoreEvent {
  if (typeof document !== 'object' || document === null) return false
  if (!('type' in document && 'action' in document && 'id' in document && 'time' in document)) return false
  const { type, action, id, time } = document
  const isNamed = TYPES.has(type) && typeof action === 'string' && typeof id === 'string'
  const isTimed = typeof time === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(time)
  return isNamed && isTimed && 'attributes' in document && isTextTable(document.attributes)
}

function isTextTable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.values(value).every((one) => typeof one === 'string')
}

function isWithin(event: StoreEvent, { sinceMs, untilMs }: EventsRequest): boolean {
  const time = Date.parse(event.time)
  return (sinceMs === undefined || time >= sinceMs) && (untilMs === undefined || time <= untilMs)
}

function isOver({ untilMs, signal }: EventsRequest): boolean {
  return signal?.aborted === true || (untilMs !== undefined && Date.now() > untilMs)
}
