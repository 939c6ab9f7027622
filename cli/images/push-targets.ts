import {
  bestFor,
  familiarName,
  formatPlatform,
  fullName,
  type ImageReference,
  type Platform,
  parseReference,
  repositoryName,
  withDefaultTag,
} from '../../image-spec/index.ts'
import { type PlatformImage, platformImageOf } from '../../images/index.ts'
import type { LayerStore } from '../../layer-store/index.ts'
import { CliError, usageError } from '../errors.ts'
import { findImages } from '../find-image.ts'

/** An image and its destination. */
export interface PushTarget {
  readonly reference: ImageReference
  /** All platforms of a multi-platform image. */
  readonly images: readonly PlatformImage[]
  /** Set for a name with a digest: that manifest is pushed, not a new one. */
  readonly exactName?: string
}

export interface TargetFlags {
  readonly 'all-tags': boolean
  readonly destination: readonly string[]
}

/** Every destination of the command, before any image is looked up. Throws CLI_USAGE and REGISTRY_BAD_REFERENCE. */
export function destinationsOf(names: readonly string[], flags: TargetFlags): readonly ImageReference[] {
  if (flags.destination.length === 0) {
    const reference = names.map(parseReference)
    const tagged = reference.find(({ tag, digest }) => (tag ?? digest) !== undefined)
    if (flags['all-tags'] && tagged !== undefined) throw usageError('Cannot use "--all-tags" with a tag')
    return reference
  }
  if (names.length > 1) throw usageError('Cannot use "--destination" with several images (expected one image)')
  if (flags['all-tags']) throw usageError('Cannot use "--destination" with "--all-tags" (expected one image)')
  return flags.destination.map((text) => {
    const reference = parseReference(text)
    if (reference.digest === undefined) return withDefaultTag(reference)
    throw usageError(`Cannot push to "${text}": the pushed content determines the digest (expected name:tag)`)
  })
}

/** Images and destinations: each image under its own name, or one image to all destinations. */
export async function pushTargets(
  store: LayerStore,
  names: readonly string[],
  flags: TargetFlags,
): Promise<readonly PushTarget[]> {
  const references = destinationsOf(names, flags)
  if (flags['all-tags']) return (await Promise.all(references.map((reference) => allTags(store, reference)))).flat()
  const [source = ''] = names
  if (flags.destination.length === 0) return Promise.all(references.map((reference) => oneTag(store, reference)))
  const images = (await findImages(store, source)).images.map(platformImageOf)
  return references.map((reference) => ({ reference, images, ...exactNameOf(source) }))
}

/** Restricts a target to one platform. */
export function onlyFor(platform: Platform, { reference, images }: PushTarget): PushTarget {
  const image = bestFor(platform, images, (one) => one.platform)
  if (image !== undefined) return { reference, images: [image] }
  const found = images.map((one) => formatPlatform(one.platform)).join(', ')
  const message = `Cannot push "${familiarName(reference)}" for ${formatPlatform(platform)}: the store has ${found}`
  throw new CliError('CLI_NOT_FOUND', message)
}

async function oneTag(store: LayerStore, given: ImageReference): Promise<PushTarget> {
  const reference = withDefaultTag(given)
  const { images } = await findImages(store, fullName(reference))
  return { reference, images: images.map(platformImageOf), ...exactNameOf(fullName(reference)) }
}

function exactNameOf(name: string): Pick<PushTarget, 'exactName'> {
  return name.includes('@') ? { exactName: name } : {}
}

async function allTags(store: LayerStore, reference: ImageReference): Promise<readonly PushTarget[]> {
  const repository = repositoryName(reference)
  const images = await store.images.list()
  const tags = new Set(images.flatMap((image) => image.tags))
  const references = [...tags].map(parseReference).filter((reference) => repositoryName(reference) === repository)
  const targets = await Promise.all(references.map((reference) => oneTag(store, reference)))
  if (targets.length === 0)
    throw new CliError('CLI_NOT_FOUND', `Cannot push "${familiarName(reference)}": no tags of it in the store`)
  return targets
}
