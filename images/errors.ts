export type ArchiveErrorCode =
  | 'ARCHIVE_BAD'
  | 'ARCHIVE_TOO_LARGE'
  | 'ARCHIVE_DIGEST_MISMATCH'
  | 'ARCHIVE_WRITE_FAILED'
  /** For a layout used as a build context. */
  | 'BUILD_CONTEXT_BAD'
  | 'BUILD_CONTEXT_MISSING'

/** An image archive or layout that cannot be read or written. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError'
  readonly code: ArchiveErrorCode
  readonly hint: string | undefined
  constructor(code: ArchiveErrorCode, message: string, more: { hint?: string; cause?: unknown } = {}) {
    super(message, { cause: more.cause })
    this.code = code
    this.hint = more.hint
  }
}

/** For a remote cache. */
export type CacheErrorCode = 'CACHE_BAD' | 'CACHE_READ_FAILED' | 'CACHE_WRITE_FAILED'

/** A remote cache that cannot be read or written. */
export class CacheError extends Error {
  override readonly name = 'CacheError'
  readonly code: CacheErrorCode
  readonly hint: string | undefined
  constructor(code: CacheErrorCode, message: string, more: { hint?: string; cause?: unknown } = {}) {
    super(message, { cause: more.cause })
    this.code = code
    this.hint = more.hint
  }
}
