import { hasCode } from '../layer-store/index.ts'

/** What the registry answers; undefined where it does not have it. */
export async function unlessMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    // By its code: this room may be loaded as a file that has the class a second time.
    if (hasCode(error, 'REGISTRY_NOT_FOUND')) return undefined
    throw error
  }
}
