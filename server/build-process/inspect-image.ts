import type { BuildResult } from '../../engine/index.ts'
import type { Image, LayerStore } from '../../layer-store/index.ts'
import type { LayerFiles, PlatformImage } from '../api/index.ts'
import { listLayerFiles } from './list-layer-files.ts'

export interface DescribedImage {
  readonly image: PlatformImage
  /** Files of each layer, read one layer at a time. */
  layers(): AsyncIterable<{ readonly diffId: string; readonly files: LayerFiles }>
}

/** The built images, one per platform. */
export async function imagesOfResult(
  store: LayerStore,
  { tags: [tag], imageId }: Pick<BuildResult, 'tags' | 'imageId'>,
): Promise<readonly Image[]> {
  const tagged = tag === undefined ? [] : await store.images.findAllByReference(tag)
  const byId = imageId === undefined ? undefined : await store.images.findById(imageId)
  return tagged.length > 0 ? tagged : byId === undefined ? [] : [byId]
}

export function describeImages(store: LayerStore, images: readonly Image[]): Promise<readonly DescribedImage[]> {
  return Promise.all(images.map((image) => describeImage(store, image)))
}

async function describeImage(store: LayerStore, image: Image): Promise<DescribedImage> {
  const { config, chain } = image
  const { diff_ids } = config.rootfs
  const records = await Promise.all(chain.map((id) => store.layers.get(id)))
  const creators = (config.history ?? []).filter(({ empty_layer }) => empty_layer !== true)
  const layers = diff_ids.map((diffId, index) => {
    const createdBy = creators[index]?.created_by || creators[index]?.comment // imported images have no instruction
    return {
      diffId,
      sizeBytes: records[index]?.sizeBytes ?? 0,
      ...(createdBy && { createdBy }),
      fileCount: 0,
      wastedBytes: 0,
    }
  })
  const variant = config.variant === undefined ? '' : `/${config.variant}`
  return {
    image: {
      platform: `${config.os}/${config.architecture}${variant}`,
      imageId: image.id,
      sizeBytes: layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      wastedBytes: 0,
      layers,
      config: { ...config.config },
      history: (config.history ?? []).map(({ author: _, ...entry }) => entry),
    },
    layers: async function* () {
      const lock = await store.lock('shared')
      try {
        for (const [index, form] of [...(await store.layers.forms(chain))].reverse().entries()) {
          yield { diffId: diff_ids[index] ?? '', files: await listLayerFiles(form) }
        }
      } finally {
        await lock.release()
      }
    },
  }
}
