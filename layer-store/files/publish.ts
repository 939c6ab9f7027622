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
  /** True where a torn new record may not cost the old one that it replaces, even if the power fails. */
  readonly isFlushed?: boolean
}

/**
 * Makes a record appear whole or not at all, replacing an older one. It survives a power cut only after `makeDurable`;
 * before that it may read as missing, according to its checksum.
 */
export function publishRecord(root: string, path: string, record: unknown, options: PublishOptions = {}): void {
  withTemporaryFile(root, path, { text: encodeRecord(record), ...options }, (temporary) => {
    renameSync(temporary, path)
    return true
  })
}

/** Like `publishRecord`, but an existing file stays; reports whether this call made it. */
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

/** The record at the path; undefined if it is missing, torn or foreign. */
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
 * Makes files, and the renames and links in directories, survive a power cut. All at once, so that the filesystem
 * writes one journal for them. What is missing has nothing to keep.
 */
export async function makeDurable(paths: readonly string[]): Promise<void> {
  await Promise.all(paths.map(syncPath))
}

async function syncPath(path: string): Promise<void> {
  try {
    // What is a pipe by damage is not waited for. Only the flush is: opening by node's threads takes as long again.
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
