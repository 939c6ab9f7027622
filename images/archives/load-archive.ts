import { createReadStream } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import {
  type Digest,
  fullName,
  MediaType,
  type Platform,
  parseImageConfig,
  parseReference,
  withDefaultTag,
} from '../../image-spec/index.ts'
import type { LayerId, LayerStore } from '../../layer-store/index.ts'
import type { ImageContent } from '../documents/unlisted-image.ts'
import { withSharedLock } from '../local/with-shared-lock.ts'
import { asArchiveError, bad, readArchive } from './archive-entries.ts'
import { type ArchiveImage, type ArchivePlatform, imagesIn } from './archive-images.ts'
import { type ArchiveFile, keepFile } from './keep-file.ts'

export interface LoadRequest {
  readonly store: LayerStore
  /** An archive of docker save or an OCI image layout, compressed or not. */
  readonly input: AsyncIterable<Uint8Array>
  /** Which image of an index to load; default: all in the archive. */
  readonly platform?: Platform
}

export interface LoadedImage {
  readonly id: Digest
  /** Images for other platforms under the same names. */
  readonly others?: readonly Digest[]
  /** Full references the image was tagged with. */
  readonly references: readonly string[]
}

const MAX_CONFIG_BYTES = 4 << 20

/**
 * Loads images from an archive into the store. Every layer is verified against its diff ID before its image is visible.
 */
export function loadArchive(request: LoadRequest, signal?: AbortSignal): Promise<readonly LoadedImage[]> {
  return withSharedLock(request.store, () => loadHeld(request, signal))
}

async function loadHeld(request: LoadRequest, signal: AbortSignal | undefined): Promise<readonly LoadedImage[]> {
  const { store, platform } = request
  const entries = await readArchive(store, request.input, signal)
  try {
    const loaded: LoadedImage[] = []
    for (const image of await imagesIn(entries, platform)) loaded.push(await loadImage(store, image, signal))
    return loaded
  } finally {
    await entries.close()
  }
}

async function loadImage(
  store: LayerStore,
  image: ArchiveImage,
  signal: AbortSignal | undefined,
): Promise<LoadedImage> {
  // Names are parsed first: an image with an invalid name leaves nothing behind.
  const references = image.references.map(parseName)
  const ids: Digest[] = []
  for (const platform of image.platforms) {
    const { config, chain } = await takePlatform(store, platform, signal)
    ids.push((await store.images.put(config, chain)).id)
  }
  const [id, ...others] = ids
  if (id === undefined) throw new Error('an image of an archive has at least one platform')
  for (const reference of references) await store.images.tag(ids, reference, { emitsEvent: false })
  for (const one of ids) store.events.append({ type: 'image', action: 'load', id: one, attributes: { name: one } })
  return { id, ...(others.length > 0 && { others }), references }
}

/** The caller did not write this name: it is a defect of the archive, not of the command line. */
function parseName(text: string): string {
  try {
    return fullName(withDefaultTag(parseReference(text)))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw bad(`an image with an invalid name: ${reason}`, 'names such as team/app:1')
  }
}

/** Stores the layers and configuration of an image. */
export async function takePlatform(
  store: LayerStore,
  image: ArchivePlatform,
  signal: AbortSignal | undefined,
): Promise<ImageContent> {
  const config = await readConfig(image.config)
  const diffIds = parseImageConfig(config).rootfs.diff_ids
  if (diffIds.length !== image.layers.length) {
    throw bad(`${image.layers.length} layers`, `${diffIds.length}, one for each diff ID of the configuration`)
  }
  const chain: LayerId[] = []
  for (const [position, file] of image.layers.entries()) {
    const diffId = diffIds[position]
    if (diffId === undefined) continue
    const take = isUncompressedFirst(file) ? takeUncompressed : takeLayer
    chain.push(await take(store, { file, diffId }, signal))
  }
  // The diff ID of a compressed layer can be verified only by unpacking it, which its containers need anyway.
  if (image.layers.some(isCompressed)) await store.layers.trees(chain, signal)
  return { config, chain }
}

async function readConfig(file: ArchiveFile): Promise<Buffer> {
  if (file.size > MAX_CONFIG_BYTES) throw bad(`a configuration of ${file.size} bytes`, `at most ${MAX_CONFIG_BYTES}`)
  return readFile(file.path)
}

interface ArchiveLayer {
  readonly file: ArchiveFile
  readonly diffId: Digest
}

async function takeLayer(store: LayerStore, { file, diffId }: ArchiveLayer): Promise<LayerId> {
  const mediaType = mediaTypeOf(file)
  if (mediaType === MediaType.ociLayer && file.digest !== diffId) {
    throw bad(`a layer with the diff ID ${file.digest}`, `${diffId}, as in the configuration`)
  }
  // Two layers, or two images, may share a file.
  if (!(await store.blobs.has(file.digest))) await store.blobs.adopt(file.path, file.digest)
  const { id } = await store.layers.addBlob({ mediaType, digest: file.digest, size: file.size }, diffId)
  return id
}

/** Compressions without a media type: docker reads layers compressed with xz or bzip2, too. */
function isUncompressedFirst({ head }: ArchiveFile): boolean {
  return /^(?:fd377a585a00|425a68)/.test(head.toString('hex'))
}

async function takeUncompressed(
  store: LayerStore,
  { file, diffId }: ArchiveLayer,
  signal: AbortSignal | undefined,
): Promise<LayerId> {
  const tar = await keepFile(store, store.blobs.uncompress(createReadStream(file.path), signal)).catch((error) => {
    signal?.throwIfAborted()
    throw asArchiveError(error)
  })
  try {
    return await takeLayer(store, { file: tar, diffId })
  } finally {
    await rm(tar.path, { force: true }) // unless it became the layer's blob
  }
}

function mediaTypeOf({ head }: ArchiveFile): string {
  const hex = head.toString('hex')
  if (hex.startsWith('1f8b')) return MediaType.ociLayerGzip
  return hex.startsWith('28b52ffd') ? MediaType.ociLayerZstd : MediaType.ociLayer
}

function isCompressed(file: ArchiveFile): boolean {
  return mediaTypeOf(file) !== MediaType.ociLayer
}
