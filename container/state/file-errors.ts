import { asStoreError } from '../../layer-store/index.ts'

/** True for an error of the filesystem with one of these codes. */
export function isErrno(error: unknown, ...codes: readonly string[]): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code)
}

/**
 * Changes files of the store. `doing` reads on from "Cannot". A full or read-only disk and their like get the store's
 * codes and hints; what is missing stays ENOENT, for the caller to judge.
 */
export function changeStore<T>(doing: string, change: () => T): T {
  try {
    return change()
  } catch (error) {
    throw isErrno(error, 'ENOENT') ? error : asStoreError(doing, error)
  }
}
