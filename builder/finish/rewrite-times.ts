import { type Digest, type ImageConfig, parseDigest } from '../../image-spec/index.ts'
import type { Chain, Image, LayerId, LayerStore } from '../../layer-store/index.ts'
import type { TreeWork } from '../../sandbox-native/driver/index.ts'

export interface RewriteRequest {
  readonly store: LayerStore
  readonly trees: Pick<TreeWork, 'packLayer'>
  readonly image: { readonly config: ImageConfig; readonly chain: Chain }
  /** Layers of the base image; left unchanged, since registries and other images share them. */
  readonly baseLayers: ReadonlySet<LayerId>
  /** Later modification times are set to this one, in seconds since the epoch. */
  readonly maxMtimeSeconds: number
}

/** Clamps the modification times in the image's new layers. */
export async function rewriteTimes(request: RewriteRequest, signal: AbortSignal): Promise<Image> {
  const { store, image, baseLayers } = request
  const diffIds: Digest[] = [...image.config.rootfs.diff_ids]
  const chain: LayerId[] = [...image.chain]
  for (const [position, layer] of image.chain.entries()) {
    if (baseLayers.has(layer)) continue
    const rewritten = await rewriteLayer(request, position, signal)
    chain[position] = rewritten.id
    diffIds[position] = rewritten.diffId
  }
  return store.images.put({ ...image.config, rootfs: { type: 'layers', diff_ids: diffIds } }, chain)
}

async function rewriteLayer(
  { store, trees, image, maxMtimeSeconds }: RewriteRequest,
  position: number,
  signal: AbortSignal,
): Promise<{ readonly id: LayerId; readonly diffId: Digest }> {
  const { layers } = store
  const [layer, ...below] = await layers.forms(image.chain.slice(0, position + 1), signal)
  if (layer === undefined) throw new Error('an image has fewer layers than its chain')
  const draft = await layers.draft('tar')
  try {
    const base = layer.kind === 'tar' ? [] : below
    const output = { path: draft.tar, compression: 'none' } as const
    const packed = await trees.packLayer({ layer, base, output, index: draft.index, maxMtimeSeconds }, signal)
    const diffId = parseDigest(packed.diffId)
    const { id } = await layers.commitTar(draft, { ...packed, diffId })
    return { id, diffId }
  } catch (error) {
    await layers.abandon(draft)
    throw error
  }
}
