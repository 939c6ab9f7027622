import { type Descriptor, type Digest, hostPlatform, type Platform, repositoryName } from '../../image-spec/index.ts'
import type { LayerStore } from '../../layer-store/index.ts'
import { pullLayers } from '../transfer/pull-layers.ts'
import { resolveRemote } from '../transfer/resolve-image.ts'
import type { TransferProgress } from '../transfer/transfer.ts'
import type { CopySource } from './copy-source.ts'

export interface CopyToStore {
  readonly store: LayerStore
  readonly source: CopySource
  /** Of an index; absent: all. */
  readonly platform?: Platform | undefined
  readonly onProgress?: TransferProgress | undefined
}

export interface CopiedToStore {
  /** One for each platform. */
  readonly ids: readonly Digest[]
  readonly top: Descriptor
}

/** Takes images into the store without a name. The caller holds the store. */
export async function copyToStore(copy: CopyToStore, signal?: AbortSignal): Promise<CopiedToStore> {
  const { source } = copy
  const { descriptor, ...top } = await source.documents.fetchManifest(source.reference, signal)
  const ids: Digest[] = []
  const pinned = { ...source.reference, digest: descriptor.digest }
  if (copy.platform !== undefined || top.kind === 'manifest') {
    ids.push(await takePlatform(copy, pinned, copy.platform ?? hostPlatform(), signal))
  } else {
    for (const { digest, platform } of top.index.manifests.filter(isImage))
      ids.push(await takePlatform(copy, { ...pinned, digest }, platform ?? hostPlatform(), signal))
    await keepDocument(copy, ids, top.bytes)
  }
  return { ids, top: descriptor }
}

/** Attestations are listed for an unknown platform. */
function isImage({ platform }: Descriptor): boolean {
  return platform?.os !== 'unknown'
}

async function takePlatform(
  copy: CopyToStore,
  reference: CopySource['reference'],
  platform: Platform,
  signal: AbortSignal | undefined,
): Promise<Digest> {
  const { store, source, onProgress } = copy
  const remote = await resolveRemote(source.documents, reference, platform, signal)
  const chain = await pullLayers({ store, client: source.documents, onProgress }, remote, signal)
  const { id } = await store.images.put(remote.configBytes, chain)
  await keepDocument(copy, [id], remote.topBytes)
  return id
}

/** Of a registry, for pushes and copies of its digest. */
async function keepDocument({ store, source }: CopyToStore, ids: readonly Digest[], bytes: Uint8Array): Promise<void> {
  if (!source.isRegistry) return
  const { digest } = await store.blobs.putBytes(bytes)
  await store.images.addRepositoryDigest(ids, repositoryName(source.reference), digest)
}
