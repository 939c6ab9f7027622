import type { BuildResult, Engine } from '../../engine/index.ts'
import type { Image } from '../../layer-store/index.ts'
import type { BuildImage, LayerFiles, PlatformImage } from '../api/index.ts'
import { describeImages, imagesOfResult } from '../build-process/inspect-image.ts'
import { withWaste } from '../http/with-waste.ts'

export interface ImageReport {
  readonly image: BuildImage
  readonly files: ReadonlyMap<string, LayerFiles>
}

/** Number with which the page requests layers of the image that previously had the tag. */
const BEFORE = 0

/** The built image, and the one that previously had its tag; read from the store when the page requests it. */
export async function reportImage(
  engine: Pick<Engine, 'store' | 'native'>,
  result: Pick<BuildResult, 'tags' | 'imageId'>,
  before: readonly Image[],
): Promise<ImageReport> {
  const now = await imagesOfResult(engine.store, result)
  const ids = new Set(now.map(({ id }) => id))
  const older = before.filter(({ id }) => !ids.has(id))
  const files = new Map<string, LayerFiles>()
  const described = await describeAll(engine, now, files)
  const describedBefore = await describeAll(engine, older, files).catch(() => []) // pruned concurrently
  const withFiles = (image: PlatformImage): PlatformImage => withWaste(image, files)
  return {
    image: {
      images: described.map(withFiles),
      ...(describedBefore.length > 0 && { before: { build: BEFORE, images: describedBefore.map(withFiles) } }),
    },
    files,
  }
}

async function describeAll(
  engine: Pick<Engine, 'store' | 'native'>,
  images: readonly Image[],
  files: Map<string, LayerFiles>,
): Promise<readonly PlatformImage[]> {
  const described = await describeImages(engine, images)
  for (const { layers } of described) for await (const layer of layers()) files.set(layer.diffId, layer.files)
  return described.map(({ image }) => image)
}
