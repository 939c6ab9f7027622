import type { BlobStore } from './blob-store.ts'
import type { CacheIndex } from './cache-index.ts'
import type { Events } from './events/event.ts'
import type { Images } from './images.ts'
import type { Layers } from './layers.ts'
import type { PruneRequest, PruneResult, StorePins, StoreUsage } from './upkeep.ts'

/** Root of everything durable. Opening makes the directories; a store of a newer version is refused. */
export interface LayerStore {
  readonly root: string
  readonly blobs: BlobStore
  readonly layers: Layers
  readonly images: Images
  readonly cache: CacheIndex
  readonly events: Events
  /** Held by everything that uses layers or blobs, shared; collection takes it alone. Released by close or death. */
  lock(mode: 'shared' | 'exclusive', options?: LockOptions): Promise<StoreLock>
  /** Without pins nothing counts as active. */
  usage(pins?: StorePins): Promise<StoreUsage>
  /** Takes the store alone: STORE_BUSY, with who uses it, if others keep using it for longer than the patience. */
  prune(request: PruneRequest, patience?: LockPatience): Promise<PruneResult>
}

export interface LockOptions {
  /** Fails with STORE_BUSY instead of waiting. */
  readonly tryOnly?: boolean
  /** Locks the descriptor in the asked mode, in place of the store: for who has other work for the same process. */
  readonly take?: (descriptor: number) => Promise<void>
}

export interface LockPatience {
  /** 20 s unless given; 0 tries once, and Infinity waits until the store is free. */
  readonly patienceMs?: number
  /** Called once, where it has to wait. */
  readonly onBusy?: (message: string) => void
  /** Ends the waiting. */
  readonly signal?: AbortSignal
}

export interface StoreLock {
  release(): Promise<void>
}
