import { type CacheIndex, type CacheRecord, type LayerId, StoreError } from '../../layer-store/index.ts'

/** The layer that was needed and no longer exists in any form. */
export function lostLayerOf(error: unknown): LayerId | undefined {
  if (error instanceof StoreError && error.layer !== undefined) return error.layer
  return error instanceof Error && error.cause !== undefined ? lostLayerOf(error.cause) : undefined
}

/** The store's cache, noting which layers a build took from it: their steps can run instead. */
export class NotedCache implements Pick<CacheIndex, 'find' | 'put'> {
  readonly #cache: Pick<CacheIndex, 'find' | 'put'>
  readonly #taken = new Set<LayerId>()
  readonly #forgotten = new Set<LayerId>()

  constructor(cache: Pick<CacheIndex, 'find' | 'put'>) {
    this.#cache = cache
  }

  async find(key: string): Promise<CacheRecord | undefined> {
    const record = await this.#cache.find(key)
    if (record?.layer !== undefined) this.#taken.add(record.layer)
    return record
  }

  put(key: string, record: CacheRecord): Promise<void> {
    return this.#cache.put(key, record)
  }

  /**
   * Stops using cached results with this layer, so that its step runs next time. False if no cached result had it, or
   * if it was forgotten before.
   */
  forget(layer: LayerId): boolean {
    if (!this.#taken.has(layer) || this.#forgotten.has(layer)) return false
    this.#forgotten.add(layer)
    return true
  }
}
