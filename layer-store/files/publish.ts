import { closeSync, constants, fsync, linkSync, openSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { hasCode } from '../../errors/index.ts'
import { decodeRecord, encodeRecord } from './checked-record.ts'
import { asStoreError, isMissing, withFileErrorsSync } from './file-errors.ts'
import { readOwnText } from './read-own-text.ts'
import { temporaryName } from './temporary-owner.ts'

const flush = promisify(fsync)

/**
 * Publishes a record atomically, replacing an older one. It survives a power failure only after `flushPaths`; before
 * that it may count as missing, according to its checksum.
 */
export function publishRecord(root: string, path: string, record: unknown): void {
  withTemporaryFile({ root, path, record }, (temporary) => renameSync(temporary, path))
}

/** Like `publishRecord`, but flushed: even a power failure does not replace the old record with a truncated one. */
export function publishFlushedRecord(root: string, path: string, record: unknown): void {
  withTemporaryFile({ root, path, record, isFlushed: true }, (temporary) => renameSync(temporary, path))
}

/** Like `publishRecord`, but keeps an existing file; returns whether this call created it. */
export function publishNewRecord(root: string, path: string, record: unknown): boolean {
  return withTemporaryFile({ root, path, record }, (temporary) => {
    try {
      linkSync(temporary, path)
      return true
    } catch (error) {
      if (hasCode(error, 'EEXIST')) return false
      throw error
    } finally {
      unlinkSync(temporary)
    }
  })
}

/** Undefined if the record is missing, truncated or foreign. */
export function readRecord(path: string): unknown {
  return withFileErrorsSync(`read "${path}"`, () => {
    try {
      return decodeRecord(readOwnText(path))
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  })
}

/**
 * Makes files, and renames and links in directories, survive a power failure. All at once, so that the filesystem
 * writes its journal once. Missing paths are ignored.
 */
export async function flushPaths(paths: readonly string[]): Promise<void> {
  await Promise.all(paths.map(syncPath))
}

async function syncPath(path: string): Promise<void> {
  try {
    // Do not wait on a pipe in place of a damaged file. Only the flush is asynchronous: opening in node's threads would
    // take as long again.
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      await flush(descriptor)
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    if (!isMissing(error)) throw asStoreError(`write "${path}"`, error)
  }
}

interface Publication {
  readonly root: string
  readonly path: string
  readonly record: unknown
  readonly isFlushed?: boolean
}

function withTemporaryFile<T>(
  { root, path, record, isFlushed = false }: Publication,
  publish: (temporary: string) => T,
): T {
  const temporary = join(root, 'tmp', temporaryName())
  const text = encodeRecord(record)
  return withFileErrorsSync(`write "${path}"`, () => {
    try {
      writeFileSync(temporary, text, { flag: 'wx', mode: 0o600, flush: isFlushed })
      return publish(temporary)
    } catch (error) {
      rmSync(temporary, { force: true })
      throw error
    }
  })
}
