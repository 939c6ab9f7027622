import { hasCode } from '../../errors/index.ts'
import { bestFor, formatPlatform, hostPlatform, type Platform } from '../../image-spec/index.ts'
import { type FoundImages, findImages } from '../../images/index.ts'
import type { Image } from '../../layer-store/index.ts'
import type { ContainerContext } from '../contract/context.ts'
import { ContainerError } from '../contract/errors.ts'
import type { RunSpec } from '../contract/run-spec.ts'

/** Finds the image by reference or ID; pulls it as `pull` requests. Throws CONTAINER_IMAGE_MISSING. */
export async function resolveImage(
  context: ContainerContext,
  image: string,
  { pull, platform }: Pick<RunSpec, 'pull' | 'platform'>,
): Promise<Image> {
  const found = await findImages(context.store, image)
  const here = pull === 'always' ? undefined : chosen(found, platform)
  if (here !== undefined) return here
  const { reference } = found
  if (pull !== 'never' && context.pull !== undefined && reference !== undefined) {
    await context.pull(reference, platform)
    const pulled = chosen(await findImages(context.store, image), platform)
    if (pulled !== undefined) return pulled
  }
  const what = `"${image}"${platform ? ` for ${formatPlatform(platform)}` : ''}`
  throw imageMissing(image, `Cannot find image ${what}: no such image in the store`)
}

/** `image` may have been removed before the store was locked. */
export async function requireImage({ store }: ContainerContext, { id }: Image, image: string): Promise<void> {
  try {
    await store.images.get(id)
  } catch (error) {
    if (!hasCode(error, 'STORE_IMAGE_MISSING')) throw error
    throw imageMissing(image, `Cannot create a container from image "${image}": the image has been removed`)
  }
}

function imageMissing(image: string, message: string): ContainerError {
  const hint = `Pull it with tsbuild pull ${image}, or build it with tsbuild -t ${image} .`
  return new ContainerError('CONTAINER_IMAGE_MISSING', message, { hint })
}

/** The image for the requested platform; by default this machine's, or the only one. */
function chosen({ images, isById }: FoundImages, requested: Platform | undefined): Image | undefined {
  const isChoice = !isById && (images.length > 1 || requested !== undefined)
  return isChoice ? bestFor(requested ?? hostPlatform(), images, ({ config }) => config) : images[0]
}
