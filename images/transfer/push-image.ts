import type { Descriptor, Digest } from '../../image-spec/index.ts'
import {
  hexOf,
  type ImageReference,
  isForeignLayer,
  present,
  repositoryName,
  withDefaultTag,
} from '../../image-spec/index.ts'
import type {
  CompressionAlgorithm,
  ImageRecord,
  LayerBlob,
  LayerCompression,
  LayerId,
} from '../../layer-store/index.ts'
import type { PushBlobOptions, RegistryClient } from '../../registry/index.ts'
import type { Annotation } from '../documents/annotations.ts'
import { attestationsOf, manifestOf, topOf } from '../documents/prepare-image.ts'
import type { PlatformImage, PreparedPlatform } from '../documents/prepared-image.ts'
import { compressing } from './compressing.ts'
import { earlyUpload } from './early-upload.ts'
import { emitTransferEvent } from './emit-transfer-event.ts'
import { findKnownLayers } from './known-layers.ts'
import { pushRemoteLayer, repositoryOf } from './push-remote-layer.ts'
import { readStoredBlob } from './read-stored-blob.ts'
import { showPushed } from './show-pushed.ts'
import { storedIds } from './stored-ids.ts'
import type { TransferParts } from './transfer.ts'
import { transferAll } from './transfer-all.ts'

export interface PushImageRequest extends TransferParts {
  readonly client: RegistryClient
  /** Without tag and digest it means `latest`, unless the push is by digest. */
  readonly reference: ImageReference
  /** Found by its digest alone: no tag is moved. */
  readonly byDigest?: boolean
  /** Several form one multi-platform image, with an index. */
  readonly images: readonly PlatformImage[]
  /** Push an index even for a single image. */
  readonly alwaysIndex?: boolean
  /** Default gzip. */
  readonly compression?: CompressionAlgorithm
  readonly level?: number
  /** Layers with a known blob in another compression keep it. */
  readonly keepsKnown?: boolean
  readonly mediaTypes?: 'oci' | 'docker'
  /** Supported by OCI documents only. */
  readonly annotations?: readonly Annotation[]
  /** Awaited after the blobs are uploaded, before any manifest is pushed. */
  readonly beforeManifests?: Promise<void>
}

/**
 * Pushes layers, configurations, manifests and the index, in this order; returns the last, whose digest is recorded.
 */
export async function pushImage(request: PushImageRequest, signal?: AbortSignal): Promise<Descriptor> {
  const { store, client, images, annotations, alwaysIndex = false } = request
  const { tag: _, ...untagged } = request.reference
  const reference = request.byDigest ? untagged : withDefaultTag(request.reference)
  client.prepare(reference)
  const lock = await store.lock('shared')
  try {
    const all = await store.images.list()
    const homes = repositoriesByLayer(all, reference)
    const prepared: PreparedPlatform[] = []
    const records: ImageRecord[] = []
    for (const image of images) {
      const record = all.find(({ id }) => id === image.id) ?? (await store.images.get(image.id))
      records.push(record)
      prepared.push(await pushPlatform(request, { reference, image, record, homes }, signal))
    }
    await request.beforeManifests
    const attestations = await attestationsOf(store, images, prepared)
    const top = await topOf(store, [...prepared, ...attestations], {
      annotations,
      alwaysIndex,
      mediaTypes: request.mediaTypes ?? 'oci',
    })
    for (const { manifest, config, layers } of attestations) {
      for (const blob of [...layers, config]) await client.pushBlob(reference, blob, uploadOf(request, blob, signal))
      await client.pushManifest(
        untagged,
        { mediaType: manifest.mediaType, bytes: await store.blobs.read(manifest.digest) },
        signal,
      )
    }
    for (const [position, { manifest }] of prepared.entries()) {
      if (manifest === top) continue
      const ids = storedIds(images.slice(position, position + 1), prepared.slice(position, position + 1))
      await pushDocument(request, { reference: untagged, descriptor: manifest, ids }, signal)
    }
    await pushDocument(request, { reference, descriptor: top, ids: storedIds(images, prepared) }, signal)
    const [first] = records
    if (first !== undefined) emitTransferEvent(store, { action: 'push', image: first, reference })
    return top
  } finally {
    await lock.release()
  }
}

interface PlatformPush {
  readonly reference: ImageReference
  readonly image: PlatformImage
  readonly record: ImageRecord
  readonly homes: LayerHomes
}

/** Repositories on the destination's host that contain a layer. */
type LayerHomes = ReadonlyMap<LayerId, ReadonlySet<string>>

/** Pushes everything but the manifest, which may have to wait for other platforms. */
async function pushPlatform(
  request: PushImageRequest,
  { reference, image, record, homes }: PlatformPush,
  signal: AbortSignal | undefined,
): Promise<PreparedPlatform> {
  const { store, client, annotations, compression, mediaTypes = 'oci' } = request
  const prepare = (layers: readonly LayerBlob[]) => manifestOf(store, image, { layers, annotations, mediaTypes })
  const pushed = await findPushed(request, { reference, record, prepare }, signal)
  if (pushed !== undefined) return pushed
  const known = mountsOf(
    record.repositoryDigests.flatMap((name) => repositoryOnHost(name, reference)),
    reference,
  )
  const pushOne = (config: Descriptor, stop: AbortSignal | undefined) =>
    client.pushBlob(reference, config, { ...uploadOf(request, config, stop), ...known })
  const pushAll = (stop: AbortSignal) => pushLayers(request, { reference, record, homes }, stop)
  if (compression === 'estargz') {
    const [layers = []] = await transferAll([pushAll], signal, (push, stop) => push(stop))
    const prepared = await prepare(layers) // the configuration contains the diff IDs of these layers
    await pushOne(prepared.config, signal)
    return prepared
  }
  const config = await store.images.configDescriptor(image.id, mediaTypes)
  const pushConfig = async (stop: AbortSignal): Promise<readonly LayerBlob[]> => {
    await pushOne(config, stop)
    return []
  }
  const [, layers = []] = await transferAll([pushConfig, pushAll], signal, (push, stop) => push(stop))
  return prepare(layers)
}

interface PushLookup extends Pick<PlatformPush, 'reference' | 'record'> {
  readonly prepare: (layers: readonly LayerBlob[]) => Promise<PreparedPlatform>
}

/**
 * The image as an earlier push left it in the repository: a repository with the manifest has everything it refers to,
 * so that one request covers all layers. Used only for an image with layers missing here: local ones can be sent again,
 * which repairs a registry that lost a blob.
 */
async function findPushed(
  request: PushImageRequest,
  { reference, record, prepare }: PushLookup,
  signal: AbortSignal | undefined,
): Promise<PreparedPlatform | undefined> {
  const { store, client, onProgress } = request
  const known = await findKnownLayers(store, record.chain, compressionOf(request))
  if (!known?.hasRemote) return undefined
  const prepared = await prepare(known.layers)
  if (!(await client.hasManifest(reference, prepared.manifest.digest, signal))) return undefined
  for (const layer of known.layers) showPushed(onProgress, layer, 'existed')
  return prepared
}

/** A manifest or index; its images are recorded under its digest. */
interface Document {
  readonly reference: ImageReference
  readonly descriptor: Descriptor
  /** The images recorded under it. */
  readonly ids: readonly Digest[]
}

async function pushDocument(
  { store, client }: PushImageRequest,
  { reference, descriptor, ids }: Document,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { mediaType, digest: named } = descriptor
  const digest = await client.pushManifest(reference, { mediaType, bytes: await store.blobs.read(named) }, signal)
  if (ids.length > 0) await store.images.addRepositoryDigest(ids, repositoryName(reference), digest)
}

/** Uploads each layer as soon as it is compressed; equal layers only once. */
async function pushLayers(
  request: PushImageRequest,
  { reference, record, homes }: Omit<PlatformPush, 'image'>,
  signal: AbortSignal | undefined,
): Promise<readonly LayerBlob[]> {
  const { store, client, onProgress } = request
  const { chain } = record
  const diffIds = await store.layers.diffIds(chain, signal)
  const compression = compressionOf(request)
  const pushes = new Map<LayerId, Promise<LayerBlob>>()
  const push = async (id: LayerId, position: number, stop: AbortSignal): Promise<LayerBlob> => {
    const diffId = diffIds[position]
    const remote = await pushRemoteLayer({ store, client, reference, compression }, { id, diffId }, stop)
    if (remote !== undefined) return remote
    const shown = diffId === undefined ? undefined : compressing(diffId, onProgress)
    const early = earlyUpload(client, reference, stop)
    const making = { ...compression, onProgress: shown, onWriting: early.start }
    const blob = await store.layers.blob(chain.slice(0, position + 1), making, stop).catch(async (failure) => {
      await early.abandon()
      throw failure
    })
    if (isForeignLayer(blob)) return blob // its bytes stay at its URLs, as with docker
    const origins = (await store.layers.addresses(id)).flatMap((address) => repositoryOf(address, reference))
    const mounts = mountsOf([...new Set([...(homes.get(id) ?? []), ...origins])], reference)
    const upload = uploadOf(request, blob, stop)
    const isUploaded = await early.finish(blob)
    const outcome = isUploaded ? 'uploaded' : await client.pushBlob(reference, blob, { ...upload, ...mounts })
    showPushed(onProgress, blob, outcome)
    return blob
  }
  return transferAll([...chain.entries()], signal, ([position, id], stop) => {
    const pushing = pushes.get(id) ?? push(id, position, stop)
    pushes.set(id, pushing)
    return pushing
  })
}

function compressionOf(request: PushImageRequest): LayerCompression {
  const { compression = 'gzip', level, keepsKnown, mediaTypes = 'oci' } = request
  return { algorithm: compression, mediaTypes, ...present('level', level), ...present('keepsKnown', keepsKnown) }
}

function uploadOf(
  { store, onProgress }: PushImageRequest,
  blob: Descriptor,
  signal: AbortSignal | undefined,
): PushBlobOptions {
  const id = hexOf(blob.digest).slice(0, 12)
  return {
    open: (offset) => readStoredBlob(store, blob, offset),
    onProgress: (sentBytes) => onProgress?.(id, sentBytes, blob.size),
    ...(signal !== undefined && { signal }),
  }
}

/** Repositories on the same host that contain a layer, according to pulled and pushed images. */
function repositoriesByLayer(images: readonly ImageRecord[], reference: ImageReference): LayerHomes {
  const homes = new Map<LayerId, Set<string>>()
  for (const image of images) {
    const repositories = image.repositoryDigests.flatMap((name) => repositoryOnHost(name, reference))
    for (const id of repositories.length === 0 ? [] : image.chain) {
      const known = homes.get(id) ?? new Set()
      for (const repository of repositories) known.add(repository)
      homes.set(id, known)
    }
  }
  return homes
}

function repositoryOnHost(repositoryDigest: string, { host }: ImageReference): readonly string[] {
  const name = repositoryDigest.replace(/@.*$/, '')
  return name.startsWith(`${host}/`) ? [name.slice(host.length + 1)] : []
}

function mountsOf(
  homes: readonly string[],
  { repository }: ImageReference,
): Pick<PushBlobOptions, 'mountFrom' | 'isExpected'> {
  return { mountFrom: homes.filter((home) => home !== repository), isExpected: homes.includes(repository) }
}
