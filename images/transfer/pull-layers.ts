import type { Descriptor, Digest, ImageReference } from '../../image-spec/index.ts'
import { fullName, hexOf, repositoryName } from '../../image-spec/index.ts'
import type { BlobStore, Chain, LayerId, LayerRecord, LayerStore } from '../../layer-store/index.ts'
import { asStoreError, StoreError } from '../../layer-store/index.ts'
import { type DownloadBlobRequest, downloadBlob, RegistryError } from '../../registry/index.ts'
import { counted } from './counted.ts'
import { digestMismatch, isDigestMismatch } from './digest-mismatch.ts'
import { LAYER_TYPE } from './layer-type.ts'
import { retryDamaged } from './retry-damaged.ts'
import { settlePartial } from './settle-partial.ts'
import type { RemoteImage, TransferParts } from './transfer.ts'
import { transferAll } from './transfer-all.ts'
import { type Arrival, createArrival, unpackArriving, type WrongLayer } from './unpack-arriving.ts'

/** Above this size, an interrupted download is kept for the next command. */
const RESUMABLE_BYTES = 2 << 20

export interface PullParts extends TransferParts {
  /** Unpack the layers while they arrive. */
  readonly unpacks?: boolean
}

/**
 * Fetches missing layers, several concurrently; the first failure cancels the others. The caller holds the store lock.
 */
export async function pullLayers(parts: PullParts, image: RemoteImage, signal?: AbortSignal): Promise<Chain> {
  const layers = image.manifest.layers.map((descriptor, position) => pairOf(image, descriptor, position))
  const arrivals = layers.map(({ arrival }) => arrival)
  const unpacking = parts.unpacks ? unpackArriving(parts.store, arrivals, signal) : undefined
  const blobs = new Map<Digest, Promise<void>>()
  const bring = async ({ descriptor, diffId, arrival }: Layer, stop: AbortSignal): Promise<LayerId> => {
    const here = await parts.store.layers.findByDiffId(diffId)
    if (here !== undefined && (await isUsable(parts.store, here, descriptor))) return here.id
    const grow = (path: string, sizeBytes: number) => arrival.grow({ descriptor, diffId, path }, sizeBytes)
    const arriving =
      blobs.get(descriptor.digest) ?? pullBlob(parts, { reference: image.reference, descriptor, grow }, stop)
    blobs.set(descriptor.digest, arriving)
    await arriving
    return (await parts.store.layers.addBlob(descriptor, diffId)).id
  }
  const chain = await transferAll(layers, signal, async (layer, stop) => {
    const id = await bring(layer, stop)
    layer.arrival.end(id)
    return id
  }).finally(async () => {
    for (const { arrival } of layers) arrival.end()
    await unpacking
  })
  const wrong = await unpacking
  if (wrong !== undefined) throw wrongLayer(image, wrong)
  return chain
}

/** SPEC: docker refuses such an image, too. SECURITY: no name may lead to it. */
function wrongLayer({ reference, manifest }: RemoteImage, { position, cause }: WrongLayer): Error {
  const subject = `Cannot pull "${fullName(reference)}": layer ${manifest.layers[position]?.digest}`
  const hint = 'Report it to the publisher of the image, which has to be built and pushed again'
  if (cause instanceof StoreError && cause.code === 'STORE_BAD_LAYER')
    return new StoreError(cause.code, `${subject} cannot be unpacked`, { cause: cause.cause, hint })
  const message = `${subject} does not match its diff ID in the configuration`
  return new RegistryError('REGISTRY_DIGEST_MISMATCH', message, { cause, hint })
}

interface Layer {
  readonly descriptor: Descriptor
  readonly diffId: Digest
  readonly arrival: Arrival
}

function pairOf(image: RemoteImage, descriptor: Descriptor, position: number): Layer {
  const diffId = image.config.rootfs.diff_ids[position]
  if (diffId === undefined) throw new Error('unreachable: a remote image has a diff ID for each layer')
  if (LAYER_TYPE.test(descriptor.mediaType)) return { descriptor, diffId, arrival: createArrival() }
  const message = `Cannot pull "${fullName(image.reference)}": a layer of type ${JSON.stringify(descriptor.mediaType.slice(0, 100))}`
  throw new RegistryError('REGISTRY_UNSUPPORTED', `${message} (expected a tar, plain, gzip or zstd)`, {
    hint: 'Check the name: it may be an artifact such as a chart, a signature or an encrypted image',
  })
}

/**
 * A record may outlive its bytes, since garbage collection removes blobs.
 * SECURITY: for a layer that was never unpacked, another blob may merely claim to be it; such a claim must not keep
 * this image's blob away (test/attack/stores/claimed-layer.test.ts).
 */
async function isUsable(store: LayerStore, layer: LayerRecord, { digest }: Descriptor): Promise<boolean> {
  if (layer.hasTree || layer.hasTar) return true
  return layer.compressed.some((known) => known.digest === digest) && (await store.blobs.has(digest))
}

interface ArrivingLayer {
  readonly reference: ImageReference
  readonly descriptor: Descriptor
  readonly grow: (path: string, sizeBytes: number) => void
}

async function pullBlob(
  parts: TransferParts,
  { reference, descriptor: blob, grow }: ArrivingLayer,
  signal: AbortSignal,
): Promise<void> {
  const { store, client, onProgress } = parts
  signal.throwIfAborted()
  if (await store.blobs.has(blob.digest)) return
  const id = hexOf(blob.digest).slice(0, 12)
  const progress = (doneBytes: number) => onProgress?.(id, doneBytes, blob.size)
  progress(0)
  const pull = (damaged: number) => {
    const fetch: BlobFetch['fetch'] = (offset, receive) =>
      client.fetchBlob(reference, blob, { offset, signal, damaged, receive })
    return fetchInto(store.blobs, { blob, fetch, onProgress: progress, onGrowth: grow })
  }
  try {
    await retryDamaged(client.countSources?.(reference) ?? 1, pull)
  } catch (failure) {
    throw isDigestMismatch(failure) ? digestMismatch(`${repositoryName(reference)}@${blob.digest}`, failure) : failure
  }
}

export interface BlobFetch {
  readonly blob: Descriptor
  readonly fetch: DownloadBlobRequest['fetch']
  readonly onProgress: (doneBytes: number) => void
  /** For a large blob: path and size of the file being written. */
  readonly onGrowth?: (path: string, sizeBytes: number) => void
}

/** Fetches one blob, verified; a large one resumes what an earlier process left. */
export async function fetchInto(blobs: BlobStore, request: BlobFetch): Promise<void> {
  const { blob, fetch, onProgress } = request
  if (blob.size < RESUMABLE_BYTES) await blobs.put(blob, counted(fetch(0), onProgress))
  else await pullLarge(blobs, request)
}

async function pullLarge(blobs: BlobStore, { blob, fetch, onProgress, onGrowth }: BlobFetch): Promise<void> {
  const partial = blobs.claimPartial(blob.digest)
  const onWritten = (doneBytes: number) => {
    onGrowth?.(partial.path, doneBytes)
    onProgress(doneBytes)
  }
  try {
    await downloadBlob({ blob, partial, fetch, onProgress: onWritten })
    await blobs.adopt(partial.path, blob.digest)
    partial.discard()
  } catch (cause) {
    const failure = asStoreError(`store blob "${blob.digest}"`, cause)
    settlePartial(partial, failure)
    throw failure
  }
}
