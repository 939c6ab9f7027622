import { type Digest, formatPlatform, repositoryName } from '../../image-spec/index.ts'
import type { Image, LayerStore } from '../../layer-store/index.ts'
import type { RegistryClient } from '../../registry/index.ts'
import type { PlatformChoice } from './transfer.ts'

export interface CurrentImage {
  readonly image: Image
  /** Digest that the reference resolves to. */
  readonly digest: Digest
}

interface CurrentParts {
  readonly store: LayerStore
  readonly client: Pick<RegistryClient, 'resolve'>
}

/**
 * The image that the reference currently resolves to, if the store contains all of it. Uses HEAD, which registries do
 * not count as a pull, and only if the store has any image of the repository.
 */
export async function findCurrent(
  { store, client }: CurrentParts,
  { reference, platform }: PlatformChoice,
  signal?: AbortSignal,
): Promise<CurrentImage | undefined> {
  const repository = repositoryName(reference)
  if (!(await hasImageOf(store, repository))) return undefined
  const digest = reference.digest ?? (await client.resolve(reference, signal)).digest
  const images = await store.images.findAllByReference(`${repository}@${digest}`)
  // For a merely compatible platform, the registry may have a better match.
  const image = images.find(({ config }) => formatPlatform(config) === formatPlatform(platform))
  return image !== undefined && (await isWhole(store, image)) ? { image, digest } : undefined
}

async function hasImageOf(store: LayerStore, repository: string): Promise<boolean> {
  const images = await store.images.list()
  return images.some(({ repositoryDigests }) => repositoryDigests.some((name) => name.startsWith(`${repository}@`)))
}

/** Layers may have lost their bytes by garbage collection or as corrupt blobs: pulling restores them. */
async function isWhole(store: LayerStore, { chain }: Image): Promise<boolean> {
  for (const id of chain) {
    const { hasTree, hasTar, compressed } = await store.layers.get(id)
    const blobs = await Promise.all(compressed.map(({ digest }) => store.blobs.has(digest)))
    if (!hasTree && !hasTar && !blobs.includes(true)) return false
  }
  return true
}
