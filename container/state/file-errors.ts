import { asStoreError, hasCode } from '../../layer-store/index.ts'

/**
 * Changes files of the store. `doing` reads on from "Cannot". A full or read-only disk and their like get the store's
 * codes and hints; what is missing stays ENOENT, for the caller to judge.
 */
export function changeStore<T>(doing: string, change: () => T): T {
  try {
    return change()
  } catch (error) {
    throw hasCode(error, 'ENOENT') ? error : asStoreError(doing, error)
  }
}
