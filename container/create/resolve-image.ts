import {
  bestFor,
  fullName,
  hostPlatform,
  ImageSpecError,
  parsePlatform,
  parseReference,
  withDefaultTag,
} from '../../image-spec/index.ts'
import type { Image } from '../../layer-store/index.ts'
import type { ContainerContext } from '../contract/context.ts'
import { ContainerError } from '../contract/errors.ts'
import type { RunSpec } from '../contract/run-spec.ts'

/** The image by reference or id; fetched where `pull` says so. Throws CONTAINER_IMAGE_MISSING. */
export async function resolveImage(
  context: ContainerContext,
  image: string,
  options: Pick<RunSpec, 'pull' | 'platform'>,
): Promise<Image> {
  const found = options.pull === 'always' ? undefined : await findImage(context, image, options.platform)
  if (found !== undefined) return found
  const reference = referenceOf(image)
  if (options.pull !== 'never' && context.pull !== undefined && reference !== undefined) {
    await context.pull(reference, options.platform)
    const pulled = await findImage(context, image, options.platform)
    if (pulled !== undefined) return pulled
  }
  const what = `"${image}"${options.platform ? ` for ${options.platform}` : ''}`
  throw new ContainerError('CONTAINER_IMAGE_MISSING', `Cannot find image ${what}: no such image in the store`, {
    hint: `Fetch or build it: tsbuild pull ${image}, tsbuild -t ${image} .`,
  })
}

/** For the platform that is asked for; else of a name for several this machine's, and of one whatever it is for. */
async function findImage(
  context: ContainerContext,
  image: string,
  platform: string | undefined,
): Promise<Image | undefined> {
  const { images } = context.store
  const reference = referenceOf(image)
  const tagged = reference === undefined ? [] : await images.findAllByReference(reference)
  const wanted = platform ? parsePlatform(platform, hostPlatform()) : undefined
  if (tagged.length > 1 || (tagged.length === 1 && wanted !== undefined)) {
    return bestFor(wanted ?? hostPlatform(), tagged, ({ config }) => config)
  }
  if (tagged[0] !== undefined) return tagged[0]
  const hex = /^(?:sha256:)?([0-9a-f]{4,64})$/.exec(image)?.[1]
  return hex === undefined ? undefined : images.findById(hex)
}

/** Undefined for what can only be an id. */
function referenceOf(image: string): string | undefined {
  if (/^sha256:/.test(image)) return undefined
  try {
    return fullName(withDefaultTag(parseReference(image)))
  } catch (error) {
    if (error instanceof ImageSpecError && /^[0-9a-f]{64}$/.test(image)) return undefined
    throw error
  }
}
