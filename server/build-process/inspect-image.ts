import type { BuildResult, Engine } from '../../engine/index.ts'
import type { Image, LayerStore } from '../../layer-store/index.ts'
import type { LayerFiles, PlatformImage } from '../api/index.ts'

const MAX_FILES = 2000

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

export function describeImages(
  engine: Pick<Engine, 'store' | 'native'>,
  images: readonly Image[],
): Promise<readonly DescribedImage[]> {
  return Promise.all(images.map((image) => describeImage(engine, image)))
}

async function describeImage(
  { store, native }: Pick<Engine, 'store' | 'native'>,
  image: Image,
): Promise<DescribedImage> {
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
        for (const [index, layer] of [...(await store.layers.forms(chain))].reverse().entries()) {
          // Natively: directories of a tree may be private to other users of the image.
          const { fileCount, files } = await native.trees.listFiles({ layer, maxFiles: MAX_FILES })
          yield { diffId: diff_ids[index] ?? '', files: { fileCount, files: [...files] } }
        }
      } finally {
        await lock.release()
      }
    },
  }
}
