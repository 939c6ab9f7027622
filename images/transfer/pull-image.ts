import type { Platform } from '../../image-spec/index.ts'
import { fullName, type ImageReference, repositoryName, withDefaultTag } from '../../image-spec/index.ts'
import type { Image, ImageRecord, LayerStore } from '../../layer-store/index.ts'
import { emitTransferEvent } from './emit-transfer-event.ts'
import { pullLayers } from './pull-layers.ts'
import { resolveRemote } from './resolve-image.ts'
import type { RemoteImage, TransferParts } from './transfer.ts'

export interface PullImageRequest extends TransferParts {
  /** Without tag and digest it means `latest`. */
  readonly reference: ImageReference
  readonly platform: Platform
}

/** Pulls what is not here and names it. Interrupted at any point, what has arrived stays. */
export async function pullImage(request: PullImageRequest, signal?: AbortSignal): Promise<ImageRecord> {
  const { client, platform } = request
  const remote = await resolveRemote(client, withDefaultTag(request.reference), platform, signal)
  return storeRemote(request, remote, signal)
}

/** The layers, then the configuration as received, so that the id is kept, then the names. */
export async function storeRemote(
  parts: TransferParts,
  remote: RemoteImage,
  signal?: AbortSignal,
): Promise<ImageRecord> {
  const { store } = parts
  const lock = await store.lock('shared')
  try {
    const chain = await pullLayers(parts, remote, signal)
    const image = await store.images.put(remote.configBytes, chain)
    await store.blobs.putBytes(remote.topBytes) // for pushes and copies of this digest
    await nameImage(store, image, remote)
    emitTransferEvent(store, 'pull', image, remote.reference)
    return await store.images.get(image.id)
  } finally {
    await lock.release()
  }
}

/**
 * A tag only where it was asked by tag alone: with a digest besides, the tag may have moved on. It stands for what came
 * of the same index for other platforms, too.
 */
async function nameImage(store: LayerStore, image: Image, { reference, digest }: RemoteImage): Promise<void> {
  const repository = repositoryName(reference)
  await store.images.addRepositoryDigest(image.id, repository, digest)
  if (reference.tag !== undefined && reference.digest === undefined)
    await store.images.tagAs(`${repository}@${digest}`, fullName(reference), { emitsEvent: false })
}
