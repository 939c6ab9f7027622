import type { Digest, Platform } from '../../image-spec/index.ts'
import { fullName, type ImageReference, repositoryName, withDefaultTag } from '../../image-spec/index.ts'
import type { Image, ImageRecord, LayerStore } from '../../layer-store/index.ts'
import type { RegistryClient } from '../../registry/index.ts'
import { withSharedLock } from '../local/with-shared-lock.ts'
import { emitTransferEvent } from './emit-transfer-event.ts'
import { findCurrent } from './find-current.ts'
import { pullLayers } from './pull-layers.ts'
import { resolveRemote } from './resolve-image.ts'
import type { ImageSource, RemoteImage, TransferParts } from './transfer.ts'

export interface PullImageRequest extends TransferParts {
  readonly client: ImageSource & Pick<RegistryClient, 'resolve'>
  /** Without a tag or digest, `latest` is used. */
  readonly reference: ImageReference
  readonly platform: Platform
}

export interface PulledImage extends ImageRecord {
  /**
   * Digest of the manifest or index that the reference resolved to; the repository may have the image under others,
   * too.
   */
  readonly pulledDigest: Digest
}

/** Pulls missing content and tags the image. What has arrived when it is interrupted is kept. */
export async function pullImage(request: PullImageRequest, signal?: AbortSignal): Promise<PulledImage> {
  const { store, client, platform } = request
  const reference = withDefaultTag(request.reference)
  return withSharedLock(store, async () => {
    const current = await findCurrent(request, { reference, platform }, signal)
    const isWhole = current !== undefined && (await store.blobs.has(current.digest))
    if (isWhole) return nameImage(store, current.image, { reference, digest: current.digest })
    return storeHeld(request, await resolveRemote(client, { reference, platform }, signal), signal)
  })
}

export function storeRemote(parts: TransferParts, remote: RemoteImage, signal?: AbortSignal): Promise<PulledImage> {
  return withSharedLock(parts.store, () => storeHeld(parts, remote, signal))
}

/** Stores the layers, then the configuration as received, to keep the ID, then the names. */
async function storeHeld(
  parts: TransferParts,
  remote: RemoteImage,
  signal: AbortSignal | undefined,
): Promise<PulledImage> {
  const { store } = parts
  const chain = await pullLayers({ ...parts, unpacks: true }, remote, signal)
  const image = await store.images.put(remote.configBytes, chain)
  await store.blobs.putBytes(remote.topBytes) // for pushes and copies of this digest
  return nameImage(store, image, remote)
}

/**
 * Sets the tag only if the reference has no digest, since the tag may have moved. It also refers to images of the same
 * index that were pulled for other platforms.
 */
async function nameImage(
  store: LayerStore,
  image: Image,
  { reference, digest }: Pick<RemoteImage, 'reference' | 'digest'>,
): Promise<PulledImage> {
  const repository = repositoryName(reference)
  await store.images.addRepositoryDigest(image.id, repository, digest)
  if (reference.tag !== undefined && reference.digest === undefined)
    await store.images.tagAs(`${repository}@${digest}`, fullName(reference), { emitsEvent: false })
  emitTransferEvent(store, { action: 'pull', image, reference })
  return { ...(await store.images.get(image.id)), pulledDigest: digest }
}
