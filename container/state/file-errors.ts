import { hasCode } from '../../errors/index.ts'
import { asStoreError } from '../../layer-store/index.ts'

/**
 * Wraps changes to the store's files. `action` continues "Cannot …". Errors such as a full or read-only disk get the
 * store's codes and hints; a missing file stays ENOENT, for the caller to handle.
 */
export function changeStore<T>(action: string, change: () => T): T {
  try {
    return change()
  } catch (error) {
    throw hasCode(error, 'ENOENT') ? error : asStoreError(action, error)
  }
}
