import type { Platform } from '../../image-spec/index.ts'
import { bestFor, formatPlatform, parseReference, repositoryName, storedName } from '../../image-spec/index.ts'
import { type CompressionAlgorithm, type ImageRecord, type LayerStore, StoreError } from '../../layer-store/index.ts'
import { platformImageOf } from '../documents/prepare-image.ts'
import type { NamedImage, PlatformImage } from '../documents/prepared-image.ts'
import { ArchiveError } from '../errors.ts'
import type { Destination } from '../files/destination.ts'
import { withSharedLock } from '../local/with-shared-lock.ts'
import type { TransferProgress } from '../transfer/transfer.ts'
import { exportArchive } from './to-archive.ts'

export interface SaveRequest {
  readonly store: LayerStore
  /** References and IDs as given by the user; a repository without a tag means all its tags. */
  readonly names: readonly string[]
  /** Default docker, which OCI tools can read, too. */
  readonly format?: 'oci' | 'docker'
  readonly compression?: CompressionAlgorithm
  /** Save only this platform of multi-platform images; an archive in Docker's format contains one platform. */
  readonly platform?: Platform
  readonly destination: Destination
  readonly onProgress?: TransferProgress | undefined
}

/** Writes images and their names as one archive without duplicate blobs. */
export function saveImages(request: SaveRequest, signal?: AbortSignal): Promise<void> {
  return withSharedLock(request.store, () => saveHeld(request, signal))
}

async function saveHeld(request: SaveRequest, signal: AbortSignal | undefined): Promise<void> {
  const { store, destination, onProgress } = request
  const images = await chosenImages(request)
  const compression = { ...(request.compression !== undefined && { compression: request.compression }) }
  await exportArchive(
    { store, images, format: request.format ?? 'docker', ...compression, destination, onProgress },
    signal,
  )
  for (const { id } of images.flatMap((named) => named.images))
    store.events.append({ type: 'image', action: 'save', id, attributes: { name: id } })
}

/** Names of the same images are combined into one entry. */
async function chosenImages({
  store,
  names,
  platform,
  format = 'docker',
}: SaveRequest): Promise<readonly NamedImage[]> {
  const chosen = new Map<string, NamedImage>()
  const all = await store.images.list()
  for (const name of names) {
    for (const found of await imagesNamed(store, all, name)) {
      const images = platform === undefined ? found.images : [imageFor(found.images, platform, name)]
      if (images.length > 1 && format === 'docker') throw severalPlatforms(name, images)
      const key = images.map(({ id }) => id).join()
      const references = new Set([...(chosen.get(key)?.references ?? []), ...found.references])
      chosen.set(key, { images, references: [...references] })
    }
  }
  return [...chosen.values()]
}

function imageFor(images: readonly PlatformImage[], platform: Platform, name: string): PlatformImage {
  const image = bestFor(platform, images, (one) => one.platform)
  if (image !== undefined) return image
  const message = `Cannot save image "${name}" for ${formatPlatform(platform)}: the store has ${platformsOf(images)}`
  throw new StoreError('STORE_IMAGE_MISSING', message)
}

function severalPlatforms(name: string, images: readonly PlatformImage[]): ArchiveError {
  const message = `Cannot save image "${name}": it has ${platformsOf(images)}, and a Docker archive contains a single platform`
  return new ArchiveError('ARCHIVE_WRITE_FAILED', `${message} (--platform)`, {
    hint: 'Write an OCI layout, which contains all platforms: --format oci',
  })
}

function platformsOf(images: readonly PlatformImage[]): string {
  return images.map(({ platform }) => formatPlatform(platform)).join(', ')
}

/** An ID means the image without its names, as in docker save. */
async function imagesNamed(
  store: LayerStore,
  all: readonly ImageRecord[],
  name: string,
): Promise<readonly NamedImage[]> {
  const byId = await store.images.findById(name)
  const named = byId === undefined || !name.startsWith('sha256:') ? await imagesTagged(store, all, name) : []
  if (named.length > 0) return named
  if (byId !== undefined) return [{ images: [platformImageOf(byId)], references: [] }]
  throw new StoreError(
    'STORE_IMAGE_MISSING',
    `Cannot save image "${name}": not in the store (build, pull or load it first)`,
    {
      hint: 'List images: tsbuild image ls',
    },
  )
}

async function imagesTagged(
  store: LayerStore,
  all: readonly ImageRecord[],
  name: string,
): Promise<readonly NamedImage[]> {
  if (/^[0-9a-f]{64}$/.test(name)) return [] // not a valid reference for docker
  const reference = parseReference(name)
  const full = storedName(reference)
  const repository = repositoryName(reference)
  const isWhole = reference.tag === undefined && reference.digest === undefined
  const matches = (tag: string) => (isWhole ? tag.startsWith(`${repository}:`) : tag === full)
  const names = new Set(all.flatMap(({ tags, repositoryDigests }) => [...tags.filter(matches), ...repositoryDigests]))
  return Promise.all(
    [...names]
      .filter((one) => matches(one) || one === full)
      .map(async (one) => ({
        images: (await store.images.findAllByReference(one)).map(platformImageOf),
        references: one.includes('@') ? [] : [one],
      })),
  )
}
