import { rmSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { hasCode } from '../../errors/index.ts'
import type { ImageConfig } from '../../image-spec/index.ts'
import {
  asList,
  asText,
  type Digest,
  digestOf,
  field,
  ImageSpecError,
  optional,
  parseImageConfig,
  printImageConfig,
  unexpectedShape,
} from '../../image-spec/index.ts'
import { type BlobStore, MAX_DOCUMENT_BYTES } from '../blob-store.ts'
import type { Lease } from '../collect/lease.ts'
import { StoreError } from '../errors.ts'
import { appendEvent } from '../events/append-event.ts'
import { isMissing } from '../files/file-errors.ts'
import { flushPaths, publishRecord, readRecord } from '../files/publish.ts'
import { imagePath } from '../files/store-paths.ts'
import type { Image, ImageRecord, Images, ImageUser } from '../images.ts'
import { filesToKeep, hasRecord, isLayerId, readCompressed, readDiff } from '../layers/layer-files.ts'
import type { Chain, LayerId, Layers } from '../layers.ts'
import { configDescriptor, writeIndex, writeManifest } from './documents.ts'
import { findImageId, readImageIds } from './image-ids.ts'
import { isDigestReference, readAllReferences, readReference, removeReference, writeReference } from './references.ts'

export interface ImageParts {
  readonly root: string
  readonly blobs: BlobStore
  readonly layers: Layers
  readonly lease: Lease
}

export function createImages(parts: ImageParts): Images {
  const { root } = parts
  return {
    put: (config, chain) => putImage(parts, config, chain),
    tag: async (ids, reference, options) =>
      tagImages(parts, { ids: await requireImages(parts, ids), reference, ...options }),
    tagAs: async (name, reference, options) =>
      tagImages(parts, { ids: readReference(root, name), reference, ...options }),
    untag: async (reference) => {
      const ids = readReference(root, reference)
      const isRemoved = removeReference(root, reference)
      if (!isRemoved) return false
      await flushPaths([join(root, 'tags')])
      for (const id of ids) emitImageEvent(root, 'untag', id)
      return true
    },
    addRepositoryDigest: async (ids, repository, manifest) => {
      // An index never changes: images added earlier for other platforms are kept.
      const name = `${repository}@${manifest}`
      const added = await requireImages(parts, ids)
      // read now: another process may have added another platform in the meantime
      const all = new Set([...readReference(root, name), ...added])
      await writeReference(root, name, [...all])
    },
    findAllByReference: (reference) => findImages(parts, readReference(root, reference)),
    findById: async (idOrPrefix) => {
      const id = findImageId(root, idOrPrefix)
      return id === undefined ? undefined : readKeptRecord(parts, id)
    },
    get: async (id) => (await readKeptRecord(parts, id)) ?? missing(id),
    list: () => listImages(parts),
    remove: async (id, usedBy = []) => {
      await removeImage(root, id, { names: readAllReferences(root).get(id) ?? [], usedBy })
      await flushPaths(['tags', 'images'].map((folder) => join(root, folder)))
    },
    configDescriptor: (id, mediaTypes) => configDescriptor(parts, id, mediaTypes),
    manifest: (id, layers, form) => writeManifest(parts, { id, layers }, form),
    index: (manifests, form) => writeIndex(parts, manifests, form),
  }
}

interface Tagging {
  readonly ids: readonly Digest[]
  readonly reference: string
  readonly emitsEvent?: boolean
}

async function tagImages(parts: ImageParts, { ids, reference, emitsEvent = true }: Tagging): Promise<void> {
  if (ids.length === 0) missing(reference)
  const isNew = await writeReference(parts.root, reference, ids)
  if (isNew && emitsEvent) for (const id of ids) await emitTagEvent(parts, id, reference)
}

async function putImage(parts: ImageParts, config: ImageConfig | Uint8Array, chain: Chain): Promise<Image> {
  const bytes = config instanceof Uint8Array ? config : Buffer.from(printImageConfig(config))
  if (bytes.length > MAX_DOCUMENT_BYTES) {
    const found = `its configuration has ${bytes.length} bytes (at most ${MAX_DOCUMENT_BYTES})`
    throw new StoreError('STORE_BAD_DOCUMENT', `Cannot store image "${digestOf(bytes)}": ${found}`)
  }
  const parsed = parseImageConfig(bytes)
  const diffIds = await parts.layers.diffIds(chain)
  if (diffIds.join() !== parsed.rootfs.diff_ids.join()) {
    const message = `Cannot store image "${digestOf(bytes)}": its configuration does not match its layers`
    throw new StoreError('STORE_BAD_DOCUMENT', `${message} (expected the same diff IDs in the same order)`)
  }
  const { digest: id } = await parts.blobs.putBytes(bytes)
  const stored = readStored(parts.root, id)
  // A chain that lost a layer (power failure, manual deletion) is repaired by the one just built or pulled.
  if (!stored?.chain.every((layer) => hasRecord(parts.root, layer))) {
    publishRecord(parts.root, imagePath(parts.root, id), { chain, storedAt: new Date().toISOString() })
    await flushPaths([
      imagePath(parts.root, id),
      ...['images', 'layers', 'by-diff-id', 'blobs/sha256'].map((folder) => join(parts.root, folder)),
      ...chain.flatMap((layer) => filesToKeep(parts.root, layer)),
    ])
  } else touchImage(parts.root, id)
  return { id, config: parsed, ...(readStored(parts.root, id) ?? missing(id)) }
}

async function readImage(parts: ImageParts, id: Digest): Promise<Image | undefined> {
  const stored = readStored(parts.root, id)
  const config = stored && (await readConfig(parts, id))
  return config && { id, config, ...stored }
}

async function readKeptRecord(parts: ImageParts, id: Digest): Promise<ImageRecord | undefined> {
  const image = await readKeptImage(parts, id)
  const references = readAllReferences(parts.root).get(id) ?? []
  return image && recordOf(image, references, (layer) => layerSize(parts.root, layer))
}

/** Includes its layers, which are kept even if the image is removed concurrently. */
async function readKeptImage(parts: ImageParts, id: Digest): Promise<Image | undefined> {
  await parts.lease.add([id])
  const image = await readImage(parts, id)
  if (image !== undefined) await parts.lease.add(image.chain)
  return image
}

function recordOf(image: Image, references: readonly string[], sizeOf: (id: LayerId) => number): ImageRecord {
  return {
    ...image,
    tags: references.filter((reference) => !isDigestReference(reference)),
    repositoryDigests: references.filter(isDigestReference),
    sizeBytes: image.chain.reduce((sum, id) => sum + sizeOf(id), 0),
  }
}

/** SECURITY: an image whose configuration is missing or corrupt is treated as missing; other images still work. */
async function readConfig(parts: ImageParts, id: Digest): Promise<ImageConfig | undefined> {
  try {
    return parseImageConfig(await parts.blobs.read(id))
  } catch (error) {
    if (error instanceof ImageSpecError || (error instanceof StoreError && UNREADABLE.has(error.code))) return undefined
    throw error
  }
}

const UNREADABLE: ReadonlySet<string> = new Set(['STORE_BLOB_MISSING', 'STORE_DIGEST_MISMATCH'])

/** A layer not unpacked yet counts with its compressed size: nothing better is known. */
function layerSize(root: string, id: LayerId): number {
  const diff = readDiff(root, id)
  return diff?.contentBytes ?? diff?.sizeBytes ?? readCompressed(root, id)[0]?.descriptor.size ?? 0
}

function rememberedSizes(root: string): (id: LayerId) => number {
  const known = new Map<LayerId, number>()
  return (id) => {
    const size = known.get(id) ?? layerSize(root, id)
    known.set(id, size)
    return size
  }
}

async function listImages(parts: ImageParts): Promise<readonly ImageRecord[]> {
  const references = readAllReferences(parts.root)
  const sizeOf = rememberedSizes(parts.root) // images share layers
  const found: ImageRecord[] = []
  for (const id of readImageIds(parts.root)) {
    const image = await readImage(parts, id)
    if (image !== undefined) found.push(recordOf(image, references.get(id) ?? [], sizeOf))
  }
  return found.sort((one, other) => (one.storedAt < other.storedAt ? 1 : -1))
}

export interface StoredImage {
  readonly chain: Chain
  readonly storedAt: string
}

/** The image's record without its configuration; undefined if it is not in the store. */
export function readStored(root: string, id: Digest): StoredImage | undefined {
  return optional({ value: readRecord(imagePath(root, id)), at: `image ${id}` }, (found) => ({
    chain: asList(field(found, 'chain'), (entry) => {
      const layer = asText(entry)
      if (!isLayerId(layer)) throw unexpectedShape(entry, 'a layer id')
      return layer
    }),
    storedAt: asText(field(found, 'storedAt')),
  }))
}

export interface ImageRemoval {
  /** Read in advance: reading all names again for each of thousands of images would take minutes. */
  readonly names: readonly string[]
  readonly usedBy?: readonly ImageUser[]
}

/** Tags first: a name without an image counts as missing, an image without a name can still be removed. */
export async function removeImage(root: string, id: Digest, { names, usedBy = [] }: ImageRemoval): Promise<void> {
  requireImage(root, id)
  if (usedBy.length > 0) {
    const users = usedBy.map(({ name }) => name)
    const message = `Cannot remove image "${id}": in use by container ${users.join(', ')}`
    const force = usedBy.some(({ isUp }) => isUp) ? '-f ' : ''
    throw new StoreError('STORE_IMAGE_IN_USE', message, {
      hint: `Remove its containers: tsbuild rm ${force}${users.join(' ')}`,
    })
  }
  for (const reference of names) {
    const ids = readReference(root, reference)
    if (!ids.includes(id)) continue // moved to another image concurrently
    const others = ids.filter((other) => other !== id)
    if (others.length > 0) await writeReference(root, reference, others)
    else removeReference(root, reference)
    emitImageEvent(root, 'untag', id)
  }
  rmSync(imagePath(root, id), { force: true })
  emitImageEvent(root, 'delete', id)
}

async function emitTagEvent(parts: ImageParts, id: Digest, reference: string): Promise<void> {
  const labels = (await readConfig(parts, id))?.config?.Labels ?? {}
  const name = reference.replace(/^docker\.io\/(library\/)?/, '')
  appendEvent(parts.root, { type: 'image', action: 'tag', id, attributes: { ...labels, name } })
}

/** As in docker, with the ID as name. */
function emitImageEvent(root: string, action: 'untag' | 'delete', id: Digest): void {
  appendEvent(root, { type: 'image', action, id, attributes: { name: id } })
}

async function findImages(parts: ImageParts, ids: readonly Digest[]): Promise<readonly Image[]> {
  const found: Image[] = []
  for (const id of ids) {
    const image = await readKeptImage(parts, id)
    touchImage(parts.root, id)
    if (image !== undefined) found.push(image)
  }
  return found
}

/** Records the use of an image for garbage collection. */
function touchImage(root: string, id: Digest): void {
  const now = new Date()
  try {
    utimesSync(imagePath(root, id), now, now)
  } catch (error) {
    if (!isMissing(error) && !hasCode(error, 'EROFS')) throw error // a read-only disk can still be read
  }
}

async function requireImages(
  { root, lease }: Pick<ImageParts, 'root' | 'lease'>,
  ids: Digest | readonly Digest[],
): Promise<readonly Digest[]> {
  const all = typeof ids === 'string' ? [ids] : ids
  await lease.add(all)
  for (const id of all) requireImage(root, id)
  return all
}

function requireImage(root: string, id: Digest): void {
  if (readStored(root, id) === undefined) missing(id)
}

function missing(id: string): never {
  throw new StoreError(
    'STORE_IMAGE_MISSING',
    `Cannot find image "${id}": not in the store (build, pull or load it first)`,
    {
      hint: 'List images: tsbuild image ls',
    },
  )
}
