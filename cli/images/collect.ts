import { openContainers } from '../../container/index.ts'
import type { Digest } from '../../image-spec/index.ts'
import type { PruneRequest, PruneResult } from '../../layer-store/index.ts'
import type { Call } from '../command.ts'

export interface CollectRequest extends Omit<PruneRequest, 'pinnedImages' | 'pinnedLayers'> {
  /** Images that stay, whatever else is asked for. */
  readonly keptImages?: readonly Digest[]
}

/** Frees what nothing holds any more, and what `request` names besides. Containers keep what they are made of. */
export async function collect(
  { engine, io }: Pick<Call, 'engine' | 'io'>,
  { keptImages = [], ...request }: CollectRequest = {},
): Promise<PruneResult> {
  const opened = await engine()
  const pins = await openContainers(opened, { env: io.env }).pins()
  return opened.store.prune({ ...request, pinnedImages: [...pins.images, ...keptImages], pinnedLayers: pins.layers })
}

/** A running build holds the store: what is free then goes with the next collection. */
export async function collectIfIdle(call: Pick<Call, 'engine' | 'io'>): Promise<void> {
  try {
    await collect(call)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'STORE_BUSY')) throw error
  }
}
