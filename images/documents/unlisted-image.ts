import { parseImageConfig } from '../../image-spec/index.ts'
import type { Chain, LayerStore } from '../../layer-store/index.ts'
import { platformImageOf } from './prepare-image.ts'
import type { PlatformImage } from './prepared-image.ts'

/** The content of an image: a chain of layers with the configuration's diff IDs. */
export interface ImageContent {
  readonly config: Uint8Array
  readonly chain: Chain
}

/**
 * An image to pass on, without a record, which others might start to use before it is removed. Garbage collection
 * removes its blobs and layers once the caller has released the store.
 */
export async function unlistedImage(store: LayerStore, { config: bytes, chain }: ImageContent): Promise<PlatformImage> {
  const config = parseImageConfig(bytes)
  const { digest: id } = await store.blobs.putBytes(bytes)
  return { ...platformImageOf({ id, config }), unlisted: { config, chain } }
}
