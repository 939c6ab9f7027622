import type { BlobStore } from './blob-store.ts'
import type { CacheIndex } from './cache-index.ts'
import type { Events } from './events/event.ts'
import type { Images } from './images.ts'
import type { Layers } from './layers.ts'
import type { PruneRequest, PruneResult, StorePins, StoreUsage } from './upkeep.ts'

/** Root of everything durable. Opening creates the directories; a store of a newer version is refused. */
export interface LayerStore {
  readonly root: string
  readonly blobs: BlobStore
  readonly layers: Layers
  readonly images: Images
  readonly cache: CacheIndex
  readonly events: Events
  /**
   * Held shared by everything that uses layers, images or blobs: what it finds is kept until it releases the lock.
   * Exclusive: no other command uses the store. Released on close or process exit.
   */
  lock(mode: LockMode, options?: LockOptions): Promise<StoreLock>
  /**
   * For directories below the root that other rooms fill: what exists when it resolves is kept while the store is held.
   */
  keep(paths: readonly string[]): Promise<void>
  /** Without pins, nothing counts as active. */
  usage(pins?: StorePins): Promise<StoreUsage>
  /** Works while others use the store: what they use is kept. */
  prune(request: PruneRequest, wait?: PruneWait): Promise<PruneResult>
}

export type LockMode = 'shared' | 'exclusive'

export interface LockOptions {
  /** Fails with STORE_BUSY, naming the holders, instead of waiting. */
  readonly tryOnly?: boolean
  /**
   * Locks the descriptor in this mode, in place of the store's own process: for callers with other work for that
   * process.
   */
  readonly take?: (descriptor: number) => Promise<void>
  /** Called once with the holders of the store if it has to wait. */
  readonly onBusy?: ((message: string) => void) | undefined
  /** Cancels the wait. */
  readonly signal?: AbortSignal | undefined
}

export interface PruneWait extends Pick<LockOptions, 'onBusy' | 'signal'> {
  /** Waits until no other command uses the store, so that nothing is kept for one. */
  readonly isExclusive?: boolean
}

export interface StoreLock {
  release(): Promise<void>
}
