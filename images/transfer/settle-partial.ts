import { type PartialBlob, StoreError } from '../../layer-store/index.ts'
import { isDigestMismatch } from './digest-mismatch.ts'

/** After a failure: the next command continues, except where the bytes are worthless, or take the room that is missing. */
export function settlePartial(partial: Pick<PartialBlob, 'keep' | 'discard'>, failure: unknown): void {
  const isFull = failure instanceof StoreError && failure.code === 'STORE_FULL'
  if (isDigestMismatch(failure) || isFull) partial.discard()
  else partial.keep()
}
