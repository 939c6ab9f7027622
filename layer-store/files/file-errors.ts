import { StoreError, type StoreErrorCode } from '../errors.ts'

/** Runs file work and gives its failures the store's shape. `doing` reads on from "Cannot": `store blob "sha256:…"`. */
export async function withFileErrors<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw asStoreError(doing, error)
  }
}

/** Like `withFileErrors`, for work that is done at once. */
export function withFileErrorsSync<T>(doing: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw asStoreError(doing, error)
  }
}

/** Coded errors and aborts pass; bare errors of the filesystem get a code of the store, STORE_IO where none is more specific. */
export function asStoreError(doing: string, error: unknown): unknown {
  if (isFull(error)) {
    return new StoreError(
      'STORE_FULL',
      `Cannot ${doing}: the disk is full (free space on the filesystem of the store is needed)`,
      {
        hint: 'Free space, for example with tsbuild prune',
        cause: error,
      },
    )
  }
  if (!isErrno(error)) return error
  if (error.code === 'ENOENT' && !error.syscall.startsWith('spawn')) return missingFile(doing, error)
  const known = OWN_CODES[error.code]
  if (known !== undefined) {
    const [code, found, hint] = known
    return new StoreError(code, `Cannot ${doing}: ${found}`, { hint, cause: error })
  }
  return new StoreError('STORE_IO', `Cannot ${doing}: ${error.message}`, { cause: error })
}

function missingFile(doing: string, error: NodeJS.ErrnoException & { readonly dest?: string }): StoreError {
  const message = `Cannot ${doing}: "${error.dest ?? error.path ?? 'a file'}" or its directory is missing`
  const hint = 'Run the command again, which makes removed directories of the store again'
  return new StoreError('STORE_IO', message, { hint, cause: error })
}

export const OTHER_ROOT = 'Use another directory: --root DIRECTORY or TSBUILD_ROOT'

const OWN_CODES: Readonly<Record<string, readonly [StoreErrorCode, string, string]>> = {
  EROFS: ['STORE_READ_ONLY', 'its filesystem is read-only (a writable one is needed)', OTHER_ROOT],
  EACCES: ['STORE_DENIED', 'permission denied (a directory that this user can write to is needed)', OTHER_ROOT],
  EISDIR: ['STORE_IO', 'a directory is in the place of a file', OTHER_ROOT],
  EIO: [
    'STORE_IO',
    'input/output error of its disk',
    'Look for the cause with dmesg, and use another directory: --root DIRECTORY',
  ],
  EPERM: ['STORE_DENIED', 'operation not permitted (a directory that this user can write to is needed)', OTHER_ROOT],
}

export function isMissing(error: unknown): boolean {
  return isErrno(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
}

function isErrno(error: unknown): error is Error & { readonly code: string; readonly syscall: string } {
  return error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string'
}

const FULL = new Set(['ENOSPC', 'EDQUOT'])

/** Node has ENOSPC in `code`; native work has the kernel's answer in its message. */
function isFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? String(error.code) : ''
  return FULL.has(code) || /\(os error (28|122)\)/.test(error.message)
}
