import { type PartialBlob, StoreError } from '../../layer-store/index.ts'
import { isDigestMismatch } from './digest-mismatch.ts'

/**
 * After a failure, keeps partial content for the next command, unless it is worthless or takes up missing disk space.
 */
export function settlePartial(partial: Pick<PartialBlob, 'keep' | 'discard'>, failure: unknown): void {
  const isFull = failure instanceof StoreError && failure.code === 'STORE_FULL'
  if (isDigestMismatch(failure) || isFull) partial.discard()
  else partial.keep()
}
