import type { Digest } from '../image-spec/index.ts'
import type { LayerId } from './layers.ts'

export interface StoreUsage {
  readonly images: UsageOf
  readonly containers: UsageOf
  readonly cache: UsageOf
  readonly volumes: UsageOf
}

/** Usage by other rooms: the store itself knows no containers. Names are those of directories below the root. */
export interface StorePins {
  readonly images?: readonly Digest[]
  readonly layers?: readonly LayerId[]
  readonly containers?: readonly string[]
  readonly volumes?: readonly string[]
}

export interface UsageOf {
  readonly count: number
  readonly active: number
  /** Actual disk usage: blocks, not lengths; shared layers once. */
  readonly sizeBytes: number
  readonly reclaimableBytes: number
}

export interface PruneRequest {
  /** Also remove untagged images without containers. */
  readonly danglingImages?: boolean
  /** Also remove all images without containers. */
  readonly allImages?: boolean
  readonly buildCache?: boolean
  /** Only what was last used before this time (ms since the epoch). */
  readonly usedBeforeMs?: number
  /** Keep the most recently used cache up to this size. */
  readonly keepBytes?: number
  /**
   * What else to keep. Called while other commands wait; what is created later is protected by its creator. It must not
   * use a store that this process holds, which would deadlock.
   */
  readonly pins: () => Promise<Pick<StorePins, 'images' | 'layers'>>
}

export interface PruneResult {
  readonly deletedImages: readonly string[]
  readonly deletedLayers: readonly LayerId[]
  readonly deletedBlobs: readonly Digest[]
  readonly reclaimedBytes: number
}
