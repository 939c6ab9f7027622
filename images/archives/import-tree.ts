import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { messageOf } from '../../errors/index.ts'
import {
  type ContainerConfig,
  type ImageConfig,
  MediaType,
  type Platform,
  parseDigest,
} from '../../image-spec/index.ts'
import { asStoreError, type ImageRecord, type LayerRecord, type LayerStore } from '../../layer-store/index.ts'
import type { TreeWork } from '../../sandbox-native/driver/index.ts'
import { ArchiveError } from '../errors.ts'
import { withSharedLock } from '../local/with-shared-lock.ts'

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
    const packed = await trees
      .packLayer(
        { layer: { kind: 'blob', path: received }, base: [], output: { path: tar, compression: 'none' } },
        signal,
      )
      .catch((error: unknown) => {
        throw withoutPath(error, received)
      })
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
    await pipeline(boundedZeros(input), file, { ...(signal !== undefined && { signal }) })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    throw OF_WRITING.has(code) ? asStoreError('import the root filesystem', error) : error
  }
}

const MAX_ZERO_BYTES = 64 << 20

/** SECURITY: an empty archive consists of zeros, but so does an endless device (/dev/zero). */
async function* boundedZeros(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let zeroBytes = 0
  let isZero = true
  for await (const chunk of input) {
    isZero &&= Buffer.alloc(chunk.length).equals(chunk)
    zeroBytes += isZero ? chunk.length : 0
    if (isZero && zeroBytes > MAX_ZERO_BYTES) throw badImport(`it begins with ${MAX_ZERO_BYTES >> 20} MiB of zeros`)
    yield chunk
  }
}

/** Users do not know the temporary file. */
function withoutPath(error: unknown, path: string): unknown {
  const reason = messageOf(error).split(`"${path}": `)[1]
  return reason === undefined ? error : badImport(reason)
}

function badImport(found: string): ArchiveError {
  const message = `Cannot import the root filesystem: ${found} (expected a tar archive, optionally compressed)`
  return new ArchiveError('ARCHIVE_BAD', message, { hint: 'Create or fetch the archive again: it is damaged' })
}
