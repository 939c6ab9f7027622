import { CodedError } from '../errors/index.ts'

export type ArchiveErrorCode =
  | 'ARCHIVE_BAD'
  | 'ARCHIVE_TOO_LARGE'
  | 'ARCHIVE_DIGEST_MISMATCH'
  | 'ARCHIVE_WRITE_FAILED'
  /** For a layout used as a build context. */
  | 'BUILD_CONTEXT_BAD'
  | 'BUILD_CONTEXT_MISSING'

/** An image archive or layout that cannot be read or written. */
export class ArchiveError extends CodedError<ArchiveErrorCode> {
  override readonly name = 'ArchiveError'
}

/** For a remote cache. */
export type CacheErrorCode = 'CACHE_BAD' | 'CACHE_READ_FAILED' | 'CACHE_WRITE_FAILED'

/** A remote cache that cannot be read or written. */
export class CacheError extends CodedError<CacheErrorCode> {
  override readonly name = 'CacheError'
}
