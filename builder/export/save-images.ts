import { type Digest, type ImageRecord, type LayerStore, StoreError } from '../../layer-store/index.ts'
import { fullName, parseReference, repositoryName } from '../../registry/index.ts'
import type { Destination } from './destination.ts'
import type { NamedImage } from './prepare-image.ts'
import { exportArchive } from './to-archive.ts'

export interface SaveRequest {
  readonly store: LayerStore
  /** References and ids as the user gave them; a repository without a tag stands for all its tags. */
  readonly names: readonly string[]
  /** Default docker, which OCI tools read too. */
  readonly format?: 'oci' | 'docker'
  readonly compression?: 'none' | 'gzip' | 'zstd'
  readonly destination: Destination
}

/** Writes images with their names as one archive; what they share is in it once. */
export async function saveImages(request: SaveRequest, signal?: AbortSignal): Promise<void> {
  const { store, names, destination } = request
  const images = await chosenImages(store, names)
  const compression = request.compression === undefined ? {} : { compression: request.compression }
  await exportArchive({ store, images, format: request.format ?? 'docker', ...compression, destination }, signal)
  for (const { id } of images) store.events.append({ type: 'image', action: 'save', id, attributes: { name: id } })
}

async function chosenImages(store: LayerStore, names: readonly string[]): Promise<readonly NamedImage[]> {
  const chosen = new Map<Digest, Set<string>>()
  const all = await store.images.list()
  for (const name of names) {
    for (const { id, references } of await imagesNamed(store, all, name)) {
      chosen.set(id, new Set([...(chosen.get(id) ?? []), ...references]))
    }
  }
  return [...chosen].map(([id, references]) => ({ id, references: [...references] }))
}

/** An id stands for the image without its names, as with docker save. */
async function imagesNamed(
  store: LayerStore,
  all: readonly ImageRecord[],
  name: string,
): Promise<readonly NamedImage[]> {
  const byId = /^(sha256:)?[0-9a-f]{4,64}$/.test(name) ? await store.images.findById(name) : undefined
  const named = byId === undefined || !name.startsWith('sha256:') ? imagesTagged(all, name) : []
  if (named.length > 0) return named
  if (byId !== undefined) return [{ id: byId.id, references: [] }]
  throw new StoreError(
    'STORE_IMAGE_MISSING',
    `Cannot save image "${name}": not in the store (built, pulled or loaded)`,
    {
      hint: 'tsbuild image ls',
    },
  )
}

function imagesTagged(all: readonly ImageRecord[], name: string): readonly NamedImage[] {
  if (/^[0-9a-f]{64}$/.test(name)) return [] // not a reference by Docker's rules
  const reference = parseReference(name)
  const full = fullName(reference)
  const repository = repositoryName(reference)
  const isWhole = reference.tag === undefined && reference.digest === undefined
  return all.flatMap((image) => {
    const tags = image.tags.filter((tag) => (isWhole ? tag.startsWith(`${repository}:`) : tag === full))
    const isDigest = image.repositoryDigests.includes(full)
    return tags.length > 0 || isDigest ? [{ id: image.id, references: tags }] : []
  })
}
