import type { Descriptor, Digest } from '../../image-spec/index.ts'
import { fullName, hexOf, repositoryName } from '../../image-spec/index.ts'
import type { BlobStore, Chain, LayerId, LayerRecord, LayerStore } from '../../layer-store/index.ts'
import { asStoreError } from '../../layer-store/index.ts'
import { downloadBlob, RegistryError } from '../../registry/index.ts'
import { LAYER_TYPE } from './layer-type.ts'
import { isOtherBytes, otherBytes } from './other-bytes.ts'
import { settlePartial } from './settle-partial.ts'
import type { RemoteImage, TransferParts } from './transfer.ts'
import { transferAll } from './transfer-all.ts'

/** From here on a download leaves what it has for the next command. */
const RESUMABLE_BYTES = 2 << 20

/** Brings the layers that are not here, several at a time; the first failure stops the others. The caller holds the store. */
export async function pullLayers(parts: TransferParts, image: RemoteImage, signal?: AbortSignal): Promise<Chain> {
  const layers = image.manifest.layers.map((descriptor, position) => pairOf(image, descriptor, position))
  const blobs = new Map<Digest, Promise<void>>()
  return transferAll(layers, signal, async ({ descriptor, diffId }, stop): Promise<LayerId> => {
    const here = await parts.store.layers.findByDiffId(diffId)
    if (here !== undefined && (await isUsable(parts.store, here, descriptor))) return here.id
    const arriving = blobs.get(descriptor.digest) ?? pullBlob(parts, image, descriptor, stop)
    blobs.set(descriptor.digest, arriving)
    await arriving
    return (await parts.store.layers.addBlob(descriptor, diffId)).id
  })
}

interface Layer {
  readonly descriptor: Descriptor
  readonly diffId: Digest
}

function pairOf(image: RemoteImage, descriptor: Descriptor, position: number): Layer {
  const diffId = image.config.rootfs.diff_ids[position]
  if (diffId === undefined) throw new Error('unreachable: a remote image has a diff id for each layer')
  if (LAYER_TYPE.test(descriptor.mediaType)) return { descriptor, diffId }
  const message = `Cannot pull "${fullName(image.reference)}": a layer of type ${JSON.stringify(descriptor.mediaType.slice(0, 100))}`
  throw new RegistryError('REGISTRY_UNSUPPORTED', `${message} (a tar, plain, gzip or zstd)`, {
    hint: 'This may be an artifact (a chart, a signature, an encrypted image) and no image to run',
  })
}

/**
 * A record may outlive its bytes: collection removes blobs.
 * SECURITY: of a layer that was never unpacked, another blob is only claimed to be it; such a claim must not keep this
 * image's blob away (test/attack/claimed-layer.test.ts).
 */
async function isUsable(store: LayerStore, layer: LayerRecord, { digest }: Descriptor): Promise<boolean> {
  if (layer.hasTree || layer.hasTar) return true
  return layer.compressed.some((known) => known.digest === digest) && (await store.blobs.has(digest))
}

async function pullBlob(
  parts: TransferParts,
  image: RemoteImage,
  blob: Descriptor,
  signal: AbortSignal,
): Promise<void> {
  const { store, client, onProgress } = parts
  signal.throwIfAborted()
  if (await store.blobs.has(blob.digest)) return
  const id = hexOf(blob.digest).slice(0, 12)
  let isWithoutMirrors = false
  const fetch = (offset: number) => client.fetchBlob(image.reference, blob, { offset, signal, isWithoutMirrors })
  const progress = (doneBytes: number) => onProgress?.(id, doneBytes, blob.size)
  progress(0)
  const pull = () => fetchInto(store.blobs, { blob, fetch, onProgress: progress })
  try {
    await pull().catch((failure) => {
      if (!isOtherBytes(failure)) throw failure
      isWithoutMirrors = true
      return pull() // a damaged transfer; twice the same is not an accident
    })
  } catch (failure) {
    throw isOtherBytes(failure) ? otherBytes(`${repositoryName(image.reference)}@${blob.digest}`, failure) : failure
  }
}

export interface BlobFetch {
  readonly blob: Descriptor
  readonly fetch: (offset: number) => AsyncIterable<Uint8Array>
  readonly onProgress: (doneBytes: number) => void
}

/** Brings one blob, verified; a large one continues what an earlier process left. */
export async function fetchInto(blobs: BlobStore, { blob, fetch, onProgress }: BlobFetch): Promise<void> {
  if (blob.size < RESUMABLE_BYTES) await blobs.put(blob, counted(fetch(0), onProgress))
  else await pullLarge(blobs, { blob, fetch, onProgress })
}

async function pullLarge(blobs: BlobStore, { blob, fetch, onProgress }: BlobFetch): Promise<void> {
  const partial = blobs.claimPartial(blob.digest)
  try {
    await downloadBlob({ blob, partial, fetch, onProgress })
    await blobs.adopt(partial.path, blob.digest)
    partial.discard()
  } catch (cause) {
    const failure = asStoreError(`store blob "${blob.digest}"`, cause)
    settlePartial(partial, failure)
    throw failure
  }
}

async function* counted(
  bytes: AsyncIterable<Uint8Array>,
  onProgress: (doneBytes: number) => void,
): AsyncGenerator<Uint8Array> {
  let doneBytes = 0
  for await (const chunk of bytes) {
    doneBytes += chunk.length
    onProgress(doneBytes)
    yield chunk
  }
}
