import { parseImageConfig } from '../../image-spec/index.ts'
import type { Chain, LayerStore } from '../../layer-store/index.ts'
import { platformImageOf } from './prepare-image.ts'
import type { PlatformImage } from './prepared-image.ts'

/** What an image consists of: a chain of layers with the diff ids of the configuration. */
export interface ImageContent {
  readonly config: Uint8Array
  readonly chain: Chain
}

/**
 * An image to pass on, without a record: there is nothing to remove afterwards that others may use meanwhile. Collection
 * removes its blobs and layers once the caller has released the store.
 */
export async function unlistedImage(store: LayerStore, { config: bytes, chain }: ImageContent): Promise<PlatformImage> {
  const config = parseImageConfig(bytes)
  const { digest: id } = await store.blobs.putBytes(bytes)
  return { ...platformImageOf({ id, config }), unlisted: { config, chain } }
}
