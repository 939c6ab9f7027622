import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { StoreError, type StoreErrorCode } from '../errors.ts'
import { describeFileError } from './describe-file-error.ts'

/** Runs file work and turns its failures into errors of the store. `doing` completes "Cannot": `store blob "sha256:…"`. */
export async function withFileErrors<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw asStoreError(doing, error)
  }
}

/** As `withFileErrors`, for synchronous work. */
export function withFileErrorsSync<T>(doing: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw asStoreError(doing, error)
  }
}

/** Coded errors and aborts pass unchanged; filesystem errors get a store code, STORE_IO if none is more specific. */
export function asStoreError(doing: string, error: unknown): unknown {
  if (isFull(error)) return storeFull(doing, error)
  if (!isErrno(error)) return error
  if (error.code === 'ENOENT' && !error.syscall.startsWith('spawn')) return missingFile(doing, error)
  if (error.syscall === 'link' && WITHOUT_LINKS.has(error.code)) {
    const message = `Cannot ${doing}: the filesystem has no hard links (expected one such as ext4, xfs or tmpfs)`
    return new StoreError('STORE_IO', message, { hint: OTHER_ROOT, cause: error })
  }
  const known = OWN_CODES[error.code]
  if (known !== undefined) {
    const [code, needed, hint] = known
    return new StoreError(code, `Cannot ${doing}: ${describeFileError(error)}${needed}`, { hint, cause: error })
  }
  return new StoreError('STORE_IO', `Cannot ${doing}: ${error.message}`, { cause: error })
}

/** The kernel has one error for both shortages. */
function storeFull(doing: string, error: Error): StoreError {
  const [found, needed, hint] = lacksInodes(error)
    ? ['no inodes left on device', 'free inodes', 'Remove files, for example with tsbuild prune (df -i)']
    : ['no space left on device', 'free space', 'Free space, for example with tsbuild prune']
  const message = `Cannot ${doing}: ${found} (expected ${needed} on the filesystem of the store)`
  return new StoreError('STORE_FULL', message, { hint, cause: error })
}

function lacksInodes(error: Error): boolean {
  if (!('path' in error) || typeof error.path !== 'string') return false
  try {
    const { files, ffree } = statfsSync(dirname(error.path))
    return files > 0 && ffree === 0 // filesystems without a fixed number report 0 of 0
  } catch {
    return false
  }
}

function missingFile(doing: string, error: NodeJS.ErrnoException & { readonly dest?: string }): StoreError {
  const message = `Cannot ${doing}: "${error.dest ?? error.path ?? 'a file'}" or its directory is missing`
  const hint = 'Run the command again, which recreates missing directories of the store'
  return new StoreError('STORE_IO', message, { hint, cause: error })
}

export const OTHER_ROOT = 'Use another directory: --root DIRECTORY or TSBUILD_ROOT'

/** For filesystem errors: the store's code, what is expected, and the hint. */
const OWN_CODES: Readonly<Record<string, readonly [StoreErrorCode, string, string]>> = {
  EROFS: ['STORE_READ_ONLY', ' (expected a writable one)', OTHER_ROOT],
  EACCES: ['STORE_DENIED', ' (expected a directory that this user can write to)', OTHER_ROOT],
  EISDIR: ['STORE_IO', ' (expected a file)', OTHER_ROOT],
  EIO: ['STORE_IO', '', 'Look for the cause with dmesg, and use another directory: --root DIRECTORY'],
  EMFILE: ['STORE_IO', '', 'Raise the limit of open files: ulimit -n, or the nofile limit of a container'],
  ENFILE: ['STORE_IO', '', 'Wait until other programs exit, or raise the limit of the machine: sysctl fs.file-max'],
  EPERM: ['STORE_DENIED', ' (expected a directory that this user can write to)', OTHER_ROOT],
}

/** SPEC: link(2); vfat and exFAT have EPERM. */
const WITHOUT_LINKS = new Set(['EPERM', 'ENOSYS', 'EOPNOTSUPP', 'ENOTSUP'])

export function isMissing(error: unknown): boolean {
  return isErrno(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
}

function isErrno(error: unknown): error is Error & { readonly code: string; readonly syscall: string } {
  return error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string'
}

const FULL = new Set(['ENOSPC', 'EDQUOT'])

/** Node has ENOSPC in `code`; native code has strerror's text in its message. */
function isFull(error: unknown): error is Error {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? String(error.code) : ''
  return FULL.has(code) || /\(os error (28|122)\)/.test(error.message)
}
