import { closeSync, constants, mkdirSync, openSync, rmSync, statSync, writeSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  asText,
  asTexts,
  field,
  ImageSpecError,
  type JsonShape,
  optional,
  present,
  unexpectedShape,
} from '../../image-spec/index.ts'
import type { CacheIndex, CacheRecord } from '../cache-index.ts'
import type { Lease } from '../collect/lease.ts'
import { decodeRecord } from '../files/checked-record.ts'
import { isMissing, withFileErrorsSync } from '../files/file-errors.ts'
import { publishRecord, readRecord } from '../files/publish.ts'
import { readOwnText } from '../files/read-own-text.ts'
import { buildRecordPath, cachePath } from '../files/store-paths.ts'
import { isReadable } from '../layers/fetch-layer.ts'
import { hasRecord, isLayerId } from '../layers/layer-files.ts'

/**
 * One file per key. Every use appends one byte to the record: the modification time is that of the last use, and the
 * surplus length the number of uses, without rewriting the record.
 */
export function createCacheIndex(root: string, lease: Lease): CacheIndex {
  return {
    find: (key) => find(root, lease, key),
    put: async (key, record) => {
      const path = cachePath(root, key)
      withFileErrorsSync('write a cache record', () => mkdirSync(dirname(path), { recursive: true, mode: 0o700 }))
      publishRecord(root, path, { key, record })
    },
    findBuildRecord: async (stepName) => {
      const shape = { value: readRecord(buildRecordPath(root, stepName)), at: 'decision' }
      return optional(shape, (found) => (field(found, 'stepName').value === stepName ? found.value : undefined))
        ? field(shape, 'decision').value
        : undefined
    },
    putBuildRecord: async (stepName, decision) =>
      publishRecord(root, buildRecordPath(root, stepName), { stepName, decision }),
    list: () => list(root),
  }
}

export interface StoredCacheRecord {
  readonly key: string
  readonly record: CacheRecord
  readonly path: string
  readonly lastUsedMs: number
  readonly usageCount: number
}

/** All readable records, including those whose layer was removed. */
export async function* readAllCacheRecords(root: string): AsyncGenerator<StoredCacheRecord> {
  for await (const path of cacheFiles(root)) {
    const stored = readStored(path)
    if (stored !== undefined) yield stored
  }
}

/** Removes files that are not valid records: truncated by a power failure, or of another version. */
export async function removeUnreadable(root: string): Promise<void> {
  for await (const path of cacheFiles(root)) if (readStored(path) === undefined) rmSync(path, { force: true })
}

async function* cacheFiles(root: string): AsyncGenerator<string> {
  const folder = join(root, 'cache')
  for (const prefix of await readdir(folder)) {
    if (!/^[0-9a-f]{2}$/.test(prefix)) continue
    for (const name of await readdir(join(folder, prefix))) yield join(folder, prefix, name)
  }
}

async function find(root: string, lease: Lease, key: string): Promise<CacheRecord | undefined> {
  const path = cachePath(root, key)
  const stored = parseFile(path)?.stored
  if (stored?.key !== key) return undefined
  const { layer } = stored.record
  if (layer !== undefined) await lease.add([layer])
  if (layer !== undefined && !(hasRecord(root, layer) && isReadable(root, layer))) return undefined
  withFileErrorsSync('record the use of a cached step', () => noteUse(path))
  return stored.record
}

/** Must not recreate a record that garbage collection removed concurrently. */
function noteUse(path: string): void {
  let file: number
  try {
    file = openSync(path, constants.O_WRONLY | constants.O_APPEND)
  } catch (error) {
    if (isMissing(error)) return
    throw error
  }
  try {
    writeSync(file, '.')
  } finally {
    closeSync(file)
  }
}

function readStored(path: string): StoredCacheRecord | undefined {
  const parsed = parseFile(path)
  const found = statSync(path, { throwIfNoEntry: false })
  if (parsed === undefined || found === undefined) return undefined
  return { ...parsed.stored, path, lastUsedMs: found.mtimeMs, usageCount: parsed.usageCount }
}

interface Parsed {
  readonly stored: { readonly key: string; readonly record: CacheRecord }
  readonly usageCount: number
}

function parseFile(path: string): Parsed | undefined {
  return withFileErrorsSync('read a cache record', () => {
    let text: string
    try {
      text = readOwnText(path)
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
    return parseText(text)
  })
}

/** A record of another shape is foreign and counts as missing, like a truncated one. */
function parseText(text: string): Parsed | undefined {
  try {
    const shape = { value: decodeRecord(text), at: 'cache record' }
    return optional(shape, (found) => ({
      stored: { key: asText(field(found, 'key')), record: parseCacheRecord(field(found, 'record')) },
      usageCount: text.length - text.indexOf('\n') - 1,
    }))
  } catch (error) {
    if (error instanceof ImageSpecError) return undefined
    throw error
  }
}

function parseCacheRecord(shape: JsonShape): CacheRecord {
  return {
    ...present('layer', optional(field(shape, 'layer'), asLayerId)),
    ...present('facts', optional(field(shape, 'facts'), asTexts)),
    createdAt: asText(field(shape, 'createdAt')),
    description: asText(field(shape, 'description')),
  }
}

function asLayerId(shape: JsonShape) {
  const text = asText(shape)
  if (!isLayerId(text)) throw unexpectedShape(shape, 'a layer id')
  return text
}

async function* list(root: string): ReturnType<CacheIndex['list']> {
  for await (const { key, record, lastUsedMs, usageCount } of readAllCacheRecords(root)) {
    yield { key, record, lastUsedAt: new Date(lastUsedMs).toISOString(), usageCount }
  }
}
