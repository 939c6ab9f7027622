import type { Chain, LayerBlob, LayerCompression, LayerStore } from '../../layer-store/index.ts'
import { requestedForms } from './push-remote-layer.ts'

/** The blobs of the layers in the repository, reusing those of an earlier push. */
export interface KnownLayers {
  readonly layers: readonly LayerBlob[]
  /** Some layers are only in a registry, as after a build from a remote cache. */
  readonly hasRemote: boolean
}

/** Undefined if a layer must be compressed first. */
export async function findKnownLayers(
  store: LayerStore,
  chain: Chain,
  compression: LayerCompression,
): Promise<KnownLayers | undefined> {
  const layers: LayerBlob[] = []
  let hasRemote = false
  for (const id of chain) {
    const [remote] = await requestedForms(store, id, compression)
    const layer = remote?.descriptor ?? (await store.layers.existingBlob(id, compression))
    if (layer === undefined) return undefined
    hasRemote ||= remote !== undefined
    layers.push(layer)
  }
  return { layers, hasRemote }
}
