import type { ImageReference } from '../../image-spec/index.ts'
import { isDigestMismatch } from './digest-mismatch.ts'
import type { ImageSource } from './transfer.ts'

/**
 * Repeats a fetch whose content was damaged: from the next mirror, at last from the registry, and once more if there is
 * no other source.
 */
export async function retryDamaged<T>(
  client: Pick<ImageSource, 'countSources'>,
  reference: ImageReference,
  fetch: (damaged: number) => Promise<T>,
): Promise<T> {
  const last = Math.max(1, (client.countSources?.(reference) ?? 1) - 1)
  for (let damaged = 0; ; damaged++) {
    try {
      return await fetch(damaged)
    } catch (failure) {
      if (!isDigestMismatch(failure) || damaged >= last) throw failure
    }
  }
}
