import { type Descriptor, type Digest, hostPlatform, type Platform, repositoryName } from '../../image-spec/index.ts'
import type { LayerStore } from '../../layer-store/index.ts'
import type { ImageContent } from '../documents/unlisted-image.ts'
import { pullLayers } from '../transfer/pull-layers.ts'
import { resolveRemote } from '../transfer/resolve-image.ts'
import type { PlatformChoice, TransferProgress } from '../transfer/transfer.ts'
import type { CopySource } from './copy-source.ts'

export interface CopyToStore {
  readonly store: LayerStore
  readonly source: CopySource
  /** Platform of an index to copy; default: all. */
  readonly platform?: Platform | undefined
  readonly onProgress?: TransferProgress | undefined
}

interface CopiedImage extends ImageContent {
  /** Bytes of the document that refers to it. */
  readonly documentBytes: Uint8Array
}

export interface CopiedToStore {
  /** One per platform. */
  readonly images: readonly CopiedImage[]
  /** The index, if all its images were copied. */
  readonly indexBytes?: Uint8Array
  readonly top: Descriptor
}

/** Stores the layers and configurations of images. The caller holds the store lock. */
export async function copyToStore(copy: CopyToStore, signal?: AbortSignal): Promise<CopiedToStore> {
  const { source } = copy
  const { descriptor, ...top } = await source.documents.fetchManifest(source.reference, { signal })
  const images: CopiedImage[] = []
  const pinned = { ...source.reference, digest: descriptor.digest }
  if (copy.platform !== undefined || top.kind === 'manifest') {
    images.push(await takePlatform(copy, { reference: pinned, platform: copy.platform ?? hostPlatform() }, signal))
  } else {
    for (const { digest, platform = hostPlatform() } of top.index.manifests.filter(isImage))
      images.push(await takePlatform(copy, { reference: { ...pinned, digest }, platform }, signal))
    return { images, top: descriptor, indexBytes: top.bytes }
  }
  return { images, top: descriptor }
}

/** Attestations are listed with an unknown platform. */
function isImage({ platform }: Descriptor): boolean {
  return platform?.os !== 'unknown'
}

async function takePlatform(
  { store, source, onProgress }: CopyToStore,
  choice: PlatformChoice,
  signal: AbortSignal | undefined,
): Promise<CopiedImage> {
  const remote = await resolveRemote(source.documents, choice, signal)
  const chain = await pullLayers({ store, client: source.documents, onProgress }, remote, signal)
  return { config: remote.configBytes, chain, documentBytes: remote.topBytes }
}

/** Creates records for what was copied. */
export async function storeCopied(
  copy: CopyToStore,
  { images, indexBytes }: CopiedToStore,
): Promise<readonly Digest[]> {
  const ids: Digest[] = []
  for (const { config, chain, documentBytes } of images) {
    const { id } = await copy.store.images.put(config, chain)
    ids.push(id)
    await keepDocument(copy, [id], documentBytes)
  }
  if (indexBytes !== undefined) await keepDocument(copy, ids, indexBytes)
  return ids
}

/** Keeps a registry's document, for pushes and copies by digest. */
async function keepDocument({ store, source }: CopyToStore, ids: readonly Digest[], bytes: Uint8Array): Promise<void> {
  if (!source.isRegistry) return
  const { digest } = await store.blobs.putBytes(bytes)
  await store.images.addRepositoryDigest(ids, repositoryName(source.reference), digest)
}
