import { isDigestMismatch } from './digest-mismatch.ts'

/**
 * Repeats a fetch whose content was damaged: from the next mirror, at last from the registry, and once more if there is
 * no other source.
 */
export async function retryDamaged<T>(sourceCount: number, fetch: (damaged: number) => Promise<T>): Promise<T> {
  const last = Math.max(1, sourceCount - 1)
  for (let damaged = 0; ; damaged++) {
    try {
      return await fetch(damaged)
    } catch (failure) {
      if (!isDigestMismatch(failure) || damaged >= last) throw failure
    }
  }
}
