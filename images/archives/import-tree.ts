import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import {
  type ContainerConfig,
  type ImageConfig,
  MediaType,
  type Platform,
  parseDigest,
} from '../../image-spec/index.ts'
import { asStoreError, type ImageRecord, type LayerRecord, type LayerStore } from '../../layer-store/index.ts'
import type { TreeWork } from '../../sandbox-native/driver/index.ts'
import { withSharedLock } from '../with-shared-lock.ts'

/** Errors that only writing to the store can raise. */
const OF_WRITING = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS'])

export interface ImportRequest {
  readonly store: LayerStore
  readonly trees: Pick<TreeWork, 'packLayer'>
  /** A root filesystem as a tar, possibly compressed. */
  readonly input: AsyncIterable<Uint8Array>
  readonly platform: Platform
  /** With the requested changes applied. */
  readonly config: ContainerConfig
  /** History comment, such as `Imported from -`. */
  readonly message: string
  /** RFC 3339. */
  readonly createdAt: string
  /** Full references to tag the image with. */
  readonly references: readonly string[]
}

/** Creates a single-layer image from a root filesystem. */
export function importTree(request: ImportRequest, signal?: AbortSignal): Promise<ImageRecord> {
  return withSharedLock(request.store, () => importHeld(request, signal))
}

async function importHeld(request: ImportRequest, signal: AbortSignal | undefined): Promise<ImageRecord> {
  const { store, references } = request
  const layer = await storeLayer(request, signal)
  const [diffId] = await store.layers.diffIds([layer.id], signal)
  const config: ImageConfig = {
    architecture: request.platform.architecture,
    os: request.platform.os,
    ...(request.platform.variant !== undefined && { variant: request.platform.variant }),
    created: request.createdAt,
    config: request.config,
    rootfs: { type: 'layers', diff_ids: diffId === undefined ? [] : [diffId] },
    history: [{ created: request.createdAt, comment: request.message }],
  }
  const image = await store.images.put(config, [layer.id])
  for (const reference of references) await store.images.tag(image.id, reference)
  store.events.append({ type: 'image', action: 'import', id: image.id, attributes: { name: image.id } })
  return store.images.get(image.id)
}

/** Stores the stream first: its compression is detected by content, and its diff ID is known only at the end. */
async function storeLayer(request: ImportRequest, signal: AbortSignal | undefined): Promise<LayerRecord> {
  const { store, trees, input } = request
  const [received, tar] = [store.blobs.temporaryPath(), store.blobs.temporaryPath()]
  try {
    await receive(input, received, signal)
    const packed = await trees.packLayer(
      { layer: { kind: 'blob', path: received }, base: [], output: { path: tar, compression: 'none' } },
      signal,
    )
    const digest = parseDigest(packed.diffId)
    await store.blobs.adopt(tar, digest)
    return await store.layers.addBlob({ mediaType: MediaType.ociLayer, digest, size: packed.sizeBytes }, digest)
  } finally {
    await rm(received, { force: true })
    await rm(tar, { force: true })
  }
}

async function receive(input: AsyncIterable<Uint8Array>, path: string, signal: AbortSignal | undefined): Promise<void> {
  const file = createWriteStream(path, { flags: 'wx', mode: 0o600 })
  try {
    await pipeline(input, file, signal === undefined ? {} : { signal })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    throw OF_WRITING.has(code) ? asStoreError('import the root filesystem', error) : error
  }
}
