import { type LayerId, StoreError } from '../../layer-store/index.ts'

/** The layer without which work could not go on, because no form of it is to be had any more. */
export function lostLayerOf(error: unknown): LayerId | undefined {
  if (error instanceof StoreError && error.layer !== undefined) return error.layer
  return error instanceof Error && error.cause !== undefined ? lostLayerOf(error.cause) : undefined
}
