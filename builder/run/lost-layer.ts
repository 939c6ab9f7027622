import { type CacheIndex, type CacheRecord, type LayerId, StoreError } from '../../layer-store/index.ts'

/** The layer that work needed and that no longer exists in any form. */
export function lostLayerOf(error: unknown): LayerId | undefined {
  if (error instanceof StoreError && error.layer !== undefined) return error.layer
  return error instanceof Error && error.cause !== undefined ? lostLayerOf(error.cause) : undefined
}

/** The store's cache, and which layers a build took from it: those of steps that can run instead. */
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

  /** The store has forgotten the layer, so its step runs next time. False if it is not of a step, or was forgotten before. */
  forget(layer: LayerId): boolean {
    if (!this.#taken.has(layer) || this.#forgotten.has(layer)) return false
    this.#forgotten.add(layer)
    return true
  }
}
