import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Descriptor, Digest, Image, LayerId, LayerStore } from '../../layer-store/index.ts'
import { hexOf, StoreError } from '../../layer-store/index.ts'
import {
  type ImageReference,
  type PushBlobOptions,
  type RegistryClient,
  repositoryName,
  withDefaultTag,
} from '../../registry/index.ts'
import type { TransferParts } from './pull-layers.ts'
import { tellOfTransfer } from './tell-of-transfer.ts'
import { transferAll } from './transfer-all.ts'

export interface PushImageRequest extends TransferParts {
  readonly client: RegistryClient
  /** Without tag and digest it means `latest`. */
  readonly reference: ImageReference
  readonly image: Image
  readonly compression?: 'none' | 'gzip' | 'zstd'
  readonly mediaTypes?: 'oci' | 'docker'
  /** Of the manifest; only OCI manifests have any. */
  readonly annotations?: Readonly<Record<string, string>>
}

const READ_BYTES = 256 << 10

/** Layers, configuration and manifest, in this order; gives the manifest's digest, which is remembered too. */
export async function pushImage(request: PushImageRequest, signal?: AbortSignal): Promise<Digest> {
  const { store, client, image, mediaTypes = 'oci' } = request
  const reference = withDefaultTag(request.reference)
  const lock = await store.lock('shared')
  try {
    const layers = await pushLayers(request, reference, signal)
    const { descriptor, manifest } = await store.images.manifest(image.id, layers, mediaTypes, request.annotations)
    await client.pushBlob(reference, manifest.config, uploadOf(request, manifest.config, signal))
    const bytes = await store.blobs.read(descriptor.digest)
    const digest = await client.pushManifest(reference, descriptor.mediaType, bytes, signal)
    await store.images.addRepositoryDigest(image.id, repositoryName(reference), digest)
    tellOfTransfer(store, 'push', image, reference)
    return digest
  } finally {
    await lock.release()
  }
}

/** Each layer is uploaded as soon as it is compressed; equal layers go once. */
async function pushLayers(
  request: PushImageRequest,
  reference: ImageReference,
  signal: AbortSignal | undefined,
): Promise<readonly Descriptor[]> {
  const { store, client, image, compression = 'gzip', mediaTypes = 'oci' } = request
  const homes = await repositoriesByLayer(store, reference)
  const pushes = new Map<LayerId, Promise<Descriptor>>()
  const push = async (id: LayerId, position: number, stop: AbortSignal): Promise<Descriptor> => {
    const blob = await store.layers.blob(image.chain, position, { algorithm: compression, mediaTypes }, stop)
    const mountFrom = [...(homes.get(id) ?? [])]
    const upload = uploadOf(request, blob, stop)
    await client.pushBlob(reference, blob, { ...upload, mountFrom })
    upload.onProgress(blob.size) // also where the registry had it already
    return blob
  }
  return transferAll([...image.chain.entries()], signal, ([position, id], stop) => {
    const pushing = pushes.get(id) ?? push(id, position, stop)
    pushes.set(id, pushing)
    return pushing
  })
}

function uploadOf(
  { store, onProgress }: PushImageRequest,
  blob: Descriptor,
  signal: AbortSignal | undefined,
): PushBlobOptions & Required<Pick<PushBlobOptions, 'onProgress'>> {
  const id = hexOf(blob.digest).slice(0, 12)
  return {
    open: (offset) => readFrom(store, blob, offset),
    onProgress: (sentBytes) => onProgress?.(id, sentBytes, blob.size),
    ...(signal === undefined ? {} : { signal }),
  }
}

/** Not verified here: the registry does that, whatever happens on the way. */
async function* readFrom(store: LayerStore, blob: Descriptor, offset: number): AsyncGenerator<Uint8Array> {
  const file = await open(store.blobs.path(blob.digest), constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    const { size } = await file.stat()
    if (size !== blob.size) {
      const message = `Cannot push blob "${blob.digest}": ${size} bytes in the store (${blob.size})`
      throw new StoreError('STORE_SIZE_MISMATCH', message, { hint: 'Build or pull the image again' })
    }
    yield* file.createReadStream({ start: offset, highWaterMark: READ_BYTES, autoClose: false })
  } finally {
    await file.close()
  }
}

/** Repositories of the same host that have a layer, by the images that came from there or went there. */
async function repositoriesByLayer(
  store: LayerStore,
  reference: ImageReference,
): Promise<ReadonlyMap<LayerId, ReadonlySet<string>>> {
  const homes = new Map<LayerId, Set<string>>()
  for (const image of await store.images.list()) {
    const repositories = image.repositoryDigests.flatMap((name) => repositoryOnHost(name, reference))
    for (const id of repositories.length === 0 ? [] : image.chain) {
      const known = homes.get(id) ?? new Set()
      for (const repository of repositories) known.add(repository)
      homes.set(id, known)
    }
  }
  return homes
}

function repositoryOnHost(repositoryDigest: string, { host, repository }: ImageReference): readonly string[] {
  const name = repositoryDigest.replace(/@.*$/, '')
  if (!name.startsWith(`${host}/`) || name === `${host}/${repository}`) return []
  return [name.slice(host.length + 1)]
}
