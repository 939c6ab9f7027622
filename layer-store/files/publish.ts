import { closeSync, constants, fsync, linkSync, openSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { hasCode } from './caught-error.ts'
import { decodeRecord, encodeRecord } from './checked-record.ts'
import { asStoreError, isMissing, withFileErrorsSync } from './file-errors.ts'
import { readOwnText } from './read-own-text.ts'
import { temporaryName } from './temporary-owner.ts'

const flush = promisify(fsync)

export interface PublishOptions {
  /** Flush the file: even a power failure must not replace the old record with a truncated one. */
  readonly isFlushed?: boolean
}

/**
 * Publishes a record atomically, replacing an older one. It survives a power failure only after `flushPaths`; before
 * that it may count as missing, according to its checksum.
 */
export function publishRecord(root: string, path: string, record: unknown, options: PublishOptions = {}): void {
  withTemporaryFile(root, path, { text: encodeRecord(record), ...options }, (temporary) => {
    renameSync(temporary, path)
    return true
  })
}

/** Like `publishRecord`, but keeps an existing file; returns whether this call created it. */
export function publishNewRecord(root: string, path: string, record: unknown): boolean {
  return withTemporaryFile(root, path, { text: encodeRecord(record) }, (temporary) => {
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

function withTemporaryFile(
  root: string,
  path: string,
  { text, ...options }: PublishOptions & { readonly text: string },
  publish: (temporary: string) => boolean,
): boolean {
  const temporary = join(root, 'tmp', temporaryName())
  return withFileErrorsSync(`write "${path}"`, () => {
    try {
      writeFileSync(temporary, text, { flag: 'wx', mode: 0o600, flush: options.isFlushed ?? false })
      return publish(temporary)
    } catch (error) {
      rmSync(temporary, { force: true })
      throw error
    }
  })
}
