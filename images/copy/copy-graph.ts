import {
  choosePlatform,
  type Descriptor,
  type Digest,
  formatPlatform,
  fullName,
  hexOf,
  listPlatforms,
  type Platform,
  repositoryName,
} from '../../image-spec/index.ts'
import { type FetchedManifest, RegistryError } from '../../registry/index.ts'
import { isDocumentType } from '../documents/read-document.ts'
import { digestMismatch, isDigestMismatch } from '../transfer/digest-mismatch.ts'
import { showPushed } from '../transfer/show-pushed.ts'
import type { TransferProgress } from '../transfer/transfer.ts'
import { transferAll } from '../transfer/transfer-all.ts'
import type { CopySink, DocumentRole } from './copy-sink.ts'
import type { CopySource } from './copy-source.ts'

export interface GraphCopy {
  readonly source: CopySource
  readonly sink: CopySink
  /** Copy only this platform's image of an index; default: the whole index. */
  readonly platform?: Platform | undefined
  readonly hasReferrers: boolean
  readonly onProgress?: TransferProgress | undefined
}

/** SECURITY: bounds documents that lead to ever more documents. */
const MAX_DOCUMENTS = 10_000
const MAX_NESTING = 8

/** Copies a document and everything it refers to, byte for byte. Returns the copied document's descriptor. */
export async function copyGraph(copy: GraphCopy, signal?: AbortSignal): Promise<Descriptor> {
  const { source, sink } = copy
  const found = await source.documents.fetchManifest(source.reference, { signal })
  const top = await forPlatform(copy, found, signal)
  await copyDocument({ ...copy, signal, seen: new Set(), blobs: new Map(), nesting: MAX_NESTING }, top, 'top')
  await sink.finish(top.descriptor, signal)
  return top.descriptor
}

async function forPlatform(
  { source, platform }: GraphCopy,
  found: FetchedManifest,
  signal: AbortSignal | undefined,
): Promise<FetchedManifest> {
  if (platform === undefined || found.kind === 'manifest') return found
  const chosen = choosePlatform(found.index, platform)
  if (chosen !== undefined)
    return source.documents.fetchManifest({ ...source.reference, digest: chosen.digest }, { signal })
  const platforms = listPlatforms(found.index).join(', ') || 'no platforms'
  const message = `Cannot copy "${fullName(source.reference)}" for ${formatPlatform(platform)}: the image has ${platforms}`
  throw new RegistryError('REGISTRY_NO_PLATFORM', message, {
    hint: 'Choose one with --platform, or copy all with --all',
  })
}

interface Running extends GraphCopy {
  readonly signal: AbortSignal | undefined
  /** Digests, and cosign tags: one document may have several. */
  readonly seen: Set<string>
  readonly blobs: Map<Digest, Promise<void>>
  /** How much deeper documents may refer to others. */
  readonly nesting: number
}

async function copyDocument(copy: Running, document: FetchedManifest, role: DocumentRole): Promise<void> {
  const { source, sink, seen, nesting, signal } = copy
  const deeper = { ...copy, nesting: nesting - 1 }
  const { digest } = document.descriptor
  const key = typeof role === 'object' ? role.tag : digest
  if (seen.has(key)) return
  seen.add(key)
  if (nesting === 0 || seen.size > MAX_DOCUMENTS) throw endless(source, nesting === 0)
  if (document.kind === 'manifest') {
    const { config, layers } = document.manifest
    await copyBlobs(copy, [config, ...layers])
  } else {
    const { manifests } = document.index
    for (const entry of manifests.filter(({ mediaType }) => isDocumentType(mediaType)))
      await copyDocument(deeper, await fetchEntry(copy, entry), 'inner')
    await copyBlobs(
      copy,
      manifests.filter(({ mediaType }) => !isDocumentType(mediaType)),
    ) // as in caches of BuildKit
  }
  await sink.putDocument(document, role, signal)
  if (!copy.hasReferrers) return
  for (const referrer of await source.referrers(digest))
    await copyDocument(deeper, await fetchEntry(copy, referrer), 'referrer')
  for (const { tag, digest: tagged } of await source.cosignTags(digest))
    await copyDocument(deeper, await fetchEntry(copy, { digest: tagged }), { tag })
}

function fetchEntry({ source, signal }: Running, { digest }: Pick<Descriptor, 'digest'>): Promise<FetchedManifest> {
  return source.documents.fetchManifest({ ...source.reference, digest }, { signal })
}

/** Several concurrently, each once. */
async function copyBlobs(copy: Running, all: readonly Descriptor[]): Promise<void> {
  await transferAll(
    all.filter((blob) => !isForeign(blob)),
    copy.signal,
    (blob, stop) => {
      const copying = copy.blobs.get(blob.digest) ?? copyBlob(copy, blob, stop)
      copy.blobs.set(blob.digest, copying)
      return copying
    },
  )
}

async function copyBlob({ source, sink, onProgress }: Running, blob: Descriptor, signal: AbortSignal): Promise<void> {
  const id = hexOf(blob.digest).slice(0, 12)
  const progress = (doneBytes: number) => onProgress?.(id, doneBytes, blob.size)
  const { documents, reference } = source
  let starts = 0
  const open = (offset: number) => {
    if (offset === 0) starts++ // again if the blob was damaged: from the next mirror
    return documents.fetchBlob(reference, blob, { offset, signal, damaged: Math.max(starts - 1, 0) })
  }
  const outcome = await sink.putBlob({ blob, open, onProgress: progress }, signal).catch((failure) => {
    if (!source.isRegistry || !isDigestMismatch(failure)) throw failure
    throw digestMismatch(`${repositoryName(reference)}@${blob.digest}`, failure)
  })
  showPushed(onProgress, blob, outcome)
}

/** Layers that are downloaded from their own URLs. */
function isForeign({ mediaType, urls = [] }: Descriptor): boolean {
  return urls.length > 0 && /\.(?:foreign\.diff|nondistributable)\./.test(mediaType)
}

function endless({ reference }: CopySource, isDeep: boolean): RegistryError {
  const found = isDeep ? `indexes nested more than ${MAX_NESTING} deep` : `more than ${MAX_DOCUMENTS} documents`
  return new RegistryError('REGISTRY_BAD_RESPONSE', `Cannot copy "${fullName(reference)}": found ${found}`)
}
