import type { Platform } from '../image-spec/index.ts'
import { bestFor, familiarName, formatPlatform, hostPlatform, parseReference } from '../image-spec/index.ts'
import { findImages as findStored } from '../images/index.ts'
import type { ImageRecord, LayerStore } from '../layer-store/index.ts'
import { didYouMean } from '../notation/index.ts'
import { CliError } from './errors.ts'

export interface FoundImage {
  readonly image: ImageRecord
  /** The full reference, if it was found by name. */
  readonly reference?: string
}

/**
 * Finds an image by name (`busybox`, `host/app:1`, `app@sha256:…`), ID or ID prefix, in docker's order. For a
 * multi-platform name, returns the image for the given platform, by default this machine's. Throws CLI_NOT_FOUND.
 */
export async function findImage(store: LayerStore, name: string, platform?: Platform): Promise<FoundImage> {
  const { images, reference } = await findImages(store, name)
  const own = bestFor(platform ?? hostPlatform(), images, ({ config }) => config)
  const image = own ?? (platform === undefined ? images[0] : undefined)
  if (image !== undefined) return { image, ...(reference !== undefined && { reference }) }
  const found = images.map(({ config }) => formatPlatform(config)).join(', ')
  const suffix = platform === undefined ? '' : ` for ${formatPlatform(platform)}`
  throw new CliError('CLI_NOT_FOUND', `Cannot find image "${name}"${suffix}: the store has ${found}`)
}

export interface FoundImages {
  /** Several for a multi-platform image; never empty. */
  readonly images: readonly ImageRecord[]
  readonly reference?: string
}

/** All images that a name refers to. */
export async function findImages(store: LayerStore, name: string): Promise<FoundImages> {
  const { images, reference, isById } = await findStored(store, name)
  if (images.length === 0) throw await notFound(store, name)
  const records = await Promise.all(images.map(({ id }) => store.images.get(id)))
  return { images: records, ...(reference !== undefined && !isById && { reference }) }
}

async function notFound(store: LayerStore, name: string): Promise<CliError> {
  const images = await store.images.list()
  const names = images.flatMap((image) => image.tags.map((tag) => familiarName(parseReference(tag))))
  const near = didYouMean(name, [...names, ...names.map((full) => full.replace(/:latest$/, ''))])
  return new CliError('CLI_NOT_FOUND', `Cannot find image "${name}": not in the store`, {
    hint: near ?? 'List images: tsbuild image ls',
  })
}
