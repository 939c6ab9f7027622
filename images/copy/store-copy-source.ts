import {
  bestFor,
  type Descriptor,
  type Digest,
  familiarName,
  formatPlatform,
  type Platform,
  parseReference,
} from '../../image-spec/index.ts'
import { type LayerStore, StoreError } from '../../layer-store/index.ts'
import { platformImageOf, prepareImage } from '../documents/prepare-image.ts'
import type { PlatformImage } from '../documents/prepared-image.ts'
import { readDocument } from '../documents/read-document.ts'
import { findImages } from '../local/find-images.ts'
import { readStoredBlob } from '../transfer/read-stored-blob.ts'
import type { TransferProgress } from '../transfer/transfer.ts'
import { type CopySource, nothingToClose } from './copy-source.ts'

export interface StoreCopy {
  readonly store: LayerStore
  readonly platform?: Platform | undefined
  /** The image must match the platform even if it is the only one. */
  readonly isPlatformRequired?: boolean | undefined
  readonly onProgress?: TransferProgress | undefined
  readonly signal?: AbortSignal | undefined
}

/** An image of the store: for a digest, the manifest as pulled or pushed, else a new one. */
export async function storeCopySource(copy: StoreCopy, name: string): Promise<CopySource> {
  const { store } = copy
  const images = (await findImages(store, name)).images.map(platformImageOf)
  if (images.length === 0) throw missingImage(name)
  const digest = (await knownManifest(store, name)) ?? (await newManifest(copy, images, name)).digest
  return sourceOf(store, name, digest)
}

/** An image in the store without a record. */
export async function unlistedCopySource(copy: StoreCopy, image: PlatformImage): Promise<CopySource> {
  const { digest } = await newManifest(copy, [image], image.id)
  return sourceOf(copy.store, image.id, digest)
}

function sourceOf(store: LayerStore, name: string, digest: Digest): CopySource {
  return {
    documents: {
      fetchManifest: async (reference) => readDocument(await store.blobs.read(reference.digest ?? digest)),
      fetchBlob: async function* (_, blob, { offset = 0 } = {}) {
        if (!(await store.blobs.has(blob.digest))) throw missingBlob(name, blob)
        yield* readStoredBlob(store, blob, offset)
      },
    },
    reference: { host: 'store', repository: name, digest },
    referrers: () => Promise.resolve([]),
    cosignTags: () => Promise.resolve([]),
    close: nothingToClose,
  }
}

/** The digest in the name, if its manifest is in the store. */
async function knownManifest(store: LayerStore, name: string): Promise<Digest | undefined> {
  if (!name.includes('@')) return undefined
  const { digest } = parseReference(name)
  if (digest !== undefined && (await store.blobs.has(digest))) return digest
  const message = `Cannot find the manifest of "${name}": not in the store`
  throw new StoreError('STORE_BLOB_MISSING', message, { hint: 'Pull the image again, or use its tag' })
}

async function newManifest(
  { store, platform, isPlatformRequired, onProgress, signal }: StoreCopy,
  all: readonly PlatformImage[],
  name: string,
): Promise<Descriptor> {
  const requested = all.length > 1 || isPlatformRequired ? platform : undefined
  const chosen = requested === undefined ? undefined : bestFor(requested, all, (one) => one.platform)
  if (requested !== undefined && chosen === undefined) {
    const found = all.map((one) => formatPlatform(one.platform)).join(', ')
    throw new StoreError(
      'STORE_IMAGE_MISSING',
      `Cannot copy "${name}" for ${formatPlatform(requested)}: the store has ${found}`,
    )
  }
  const named = { images: chosen === undefined ? all : [chosen], references: [] }
  const compression = { algorithm: 'gzip', mediaTypes: 'oci', keepsKnown: true, onProgress } as const
  return (await prepareImage(store, { named, ...compression }, signal)).manifest
}

function missingImage(name: string): StoreError {
  const shown = name.startsWith('sha256:') ? name : familiarName(parseReference(name))
  return new StoreError('STORE_IMAGE_MISSING', `Cannot copy image "${shown}": not in the store`, {
    hint: 'List images: tsbuild image ls',
  })
}

function missingBlob(name: string, { digest }: Descriptor): StoreError {
  const message = `Cannot copy "${name}": blob ${digest} of its manifest is not in the store`
  return new StoreError('STORE_BLOB_MISSING', message, { hint: 'Pull the image again' })
}
