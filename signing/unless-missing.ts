import { hasCode } from '../errors/index.ts'

/** The registry's response; undefined if it does not have the object. */
export async function unlessMissing<T>(result: Promise<T>): Promise<T | undefined> {
  try {
    return await result
  } catch (error) {
    // By its code: this room may be loaded from another file with its own copy of the class.
    if (hasCode(error, 'REGISTRY_NOT_FOUND')) return undefined
    throw error
  }
}
