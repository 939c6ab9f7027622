import { messageOf } from '../../errors/index.ts'
import { type CacheIndex, type CacheRecord, type LayerId, StoreError } from '../../layer-store/index.ts'

/** The layer that was needed and no longer exists in any form. */
export function lostLayerOf(error: unknown): LayerId | undefined {
  return layerErrorOf(error)?.layer
}

/** What to warn about; equal for all layers that a cache with `mode=min` never had. */
export function lostLayerWarning(error: unknown): string {
  if (layerErrorOf(error)?.code !== 'STORE_LAYER_MISSING') return `${messageOf(error)}; its step is run instead`
  return 'A cache has steps without their layers, as with mode=min: these steps are run because their files are needed'
}

function layerErrorOf(error: unknown): StoreError | undefined {
  if (error instanceof StoreError && error.layer !== undefined) return error
  return error instanceof Error && error.cause !== undefined ? layerErrorOf(error.cause) : undefined
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
