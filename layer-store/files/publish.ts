import { closeSync, fsyncSync, linkSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { decodeRecord, encodeRecord } from './checked-record.ts'
import { hasErrno, isMissing, withFileErrorsSync } from './file-errors.ts'
import { temporaryName } from './temporary-owner.ts'

export interface PublishOptions {
  /** False for what can be made again and is checked on reading (cache records). */
  readonly durable?: boolean
}

/** Makes a record appear whole or not at all, replacing an older one. */
export function publishRecord(root: string, path: string, record: unknown, options: PublishOptions = {}): void {
  withTemporaryFile(root, path, encodeRecord(record), options, (temporary) => {
    renameSync(temporary, path)
    return true
  })
}

/** Like `publishRecord`, but an existing file stays; tells whether this call made it. */
export function publishNewRecord(root: string, path: string, record: unknown, options: PublishOptions = {}): boolean {
  return withTemporaryFile(root, path, encodeRecord(record), options, (temporary) => {
    try {
      linkSync(temporary, path)
      return true
    } catch (error) {
      if (hasErrno(error, 'EEXIST')) return false
      throw error
    }
  })
}

/** The record at the path; undefined if it is missing, torn or foreign. */
export function readRecord(path: string): unknown {
  return withFileErrorsSync(`read "${path}"`, () => {
    try {
      return decodeRecord(readFileSync(path, 'utf8'))
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  })
}

/** Makes a file's content, or the renames and links in a directory, survive a power cut. */
export function syncPath(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function withTemporaryFile(
  root: string,
  path: string,
  text: string,
  options: PublishOptions,
  publish: (temporary: string) => boolean,
): boolean {
  const isDurable = options.durable ?? true
  const temporary = join(root, 'tmp', temporaryName())
  return withFileErrorsSync(`write "${path}"`, () => {
    try {
      writeFileSync(temporary, text, { flag: 'wx', mode: 0o600, flush: isDurable })
      const isPublished = publish(temporary)
      if (isDurable) syncPath(dirname(path))
      return isPublished
    } finally {
      rmSync(temporary, { force: true }) // nothing to do after a rename
    }
  })
}
