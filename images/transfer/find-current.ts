import {
  type Digest,
  formatPlatform,
  type ImageReference,
  type Platform,
  repositoryName,
} from '../../image-spec/index.ts'
import type { Image, LayerStore } from '../../layer-store/index.ts'
import type { RegistryClient } from '../../registry/index.ts'

export interface CurrentImage {
  readonly image: Image
  /** What the reference points at. */
  readonly digest: Digest
}

interface Wanted {
  readonly reference: ImageReference
  readonly platform: Platform
}

/**
 * The image that the reference points at now, if the store has it whole. The registry is asked by HEAD, which does not count
 * as a pull, and only where the store has an image of the repository at all.
 */
export async function findCurrent(
  store: LayerStore,
  client: Pick<RegistryClient, 'resolve'>,
  { reference, platform }: Wanted,
  signal?: AbortSignal,
): Promise<CurrentImage | undefined> {
  const repository = repositoryName(reference)
  if (!(await hasImageOf(store, repository))) return undefined
  const digest = reference.digest ?? (await client.resolve(reference, signal)).digest
  const images = await store.images.findAllByReference(`${repository}@${digest}`)
  // Of a platform that is only compatible, the registry may have a better one.
  const image = images.find(({ config }) => formatPlatform(config) === formatPlatform(platform))
  return image !== undefined && (await isWhole(store, image)) ? { image, digest } : undefined
}

async function hasImageOf(store: LayerStore, repository: string): Promise<boolean> {
  const images = await store.images.list()
  return images.some(({ repositoryDigests }) => repositoryDigests.some((name) => name.startsWith(`${repository}@`)))
}

/** A collection or a corrupt blob may have taken bytes of a layer away: pulling brings them back. */
async function isWhole(store: LayerStore, { chain }: Image): Promise<boolean> {
  for (const id of chain) {
    const { hasTree, hasTar, compressed } = await store.layers.get(id)
    const blobs = await Promise.all(compressed.map(({ digest }) => store.blobs.has(digest)))
    if (!hasTree && !hasTar && !blobs.includes(true)) return false
  }
  return true
}
