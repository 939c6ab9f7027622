import { type Descriptor, fullName, type Platform, parseReference, withDefaultTag } from '../../image-spec/index.ts'
import { exportArchive } from '../archives/to-archive.ts'
import type { PlatformImage } from '../documents/prepared-image.ts'
import { unlistedImage } from '../documents/unlisted-image.ts'
import type { ImageSources } from '../remote/image-sources.ts'
import type { TransferProgress } from '../transfer/transfer.ts'
import { archiveCopySource, dockerArchiveSource } from './archive-copy-source.ts'
import { archiveSink } from './archive-sink.ts'
import { copyGraph } from './copy-graph.ts'
import type { CopySink } from './copy-sink.ts'
import type { CopySource } from './copy-source.ts'
import { copyToStore, storeCopied } from './copy-to-store.ts'
import type { ImageLocation } from './image-location.ts'
import { layoutCopySource } from './layout-copy-source.ts'
import { layoutSink } from './layout-sink.ts'
import { registrySink } from './registry-sink.ts'
import { registrySource } from './registry-source.ts'
import { storeCopySource } from './store-copy-source.ts'

export interface CopyRequest extends ImageSources {
  readonly from: ImageLocation
  readonly to: ImageLocation
  /** Copy only this platform's image of an index; default: the whole index. */
  readonly platform?: Platform | undefined
  /**
   * A source without manifests and with a single image returns it for any platform, unless a platform was explicitly
   * requested.
   */
  readonly isPlatformRequired?: boolean | undefined
  /** Also copy what refers to the copied documents: signatures, SBOMs. */
  readonly hasReferrers?: boolean
  readonly onProgress?: TransferProgress | undefined
}

/**
 * Copies an image unchanged: documents and blobs byte for byte, layers without unpacking. Returns the copied document's
 * descriptor.
 */
export async function copyImage(request: CopyRequest, signal?: AbortSignal): Promise<Descriptor> {
  const lock = await request.store.lock('shared')
  try {
    const source = await openSource(request, signal)
    try {
      return await copyFrom(source, request, signal)
    } finally {
      await source.close()
    }
  } finally {
    await lock.release()
  }
}

async function openSource(
  { store, registry, from, platform, isPlatformRequired, onProgress }: CopyRequest,
  signal: AbortSignal | undefined,
): Promise<CopySource> {
  switch (from.kind) {
    case 'registry':
      return registrySource(await registry(), withDefaultTag(from.reference), signal)
    case 'oci':
      return layoutCopySource(from, signal)
    case 'oci-archive':
      return archiveCopySource(store, from, signal)
    case 'docker-archive':
      return dockerArchiveSource({ store, platform, isPlatformRequired, signal }, from)
    case 'store':
      return storeCopySource({ store, platform, isPlatformRequired, onProgress, signal }, from.name)
  }
}

async function copyFrom(
  source: CopySource,
  request: CopyRequest,
  signal: AbortSignal | undefined,
): Promise<Descriptor> {
  const { to, platform, hasReferrers = false, onProgress } = request
  if (to.kind === 'store' || to.kind === 'docker-archive') return copyUnpacked(source, { ...request, to }, signal)
  const sink = await openSink(source, { ...request, to })
  try {
    return await copyGraph({ source, sink, platform, hasReferrers, onProgress }, signal)
  } finally {
    await sink.close()
  }
}

type GraphLocation = Exclude<ImageLocation, { readonly kind: 'store' | 'docker-archive' }>

async function openSink(
  source: CopySource,
  { store, registry, to }: CopyRequest & { readonly to: GraphLocation },
): Promise<CopySink> {
  switch (to.kind) {
    case 'registry':
      return registrySink(await registry(), withDefaultTag(to.reference), source)
    case 'oci':
      return layoutSink(to)
    case 'oci-archive':
      return archiveSink(store, to)
  }
}

/** Into the store, or through it into a docker archive, which has no manifest. */
async function copyUnpacked(
  source: CopySource,
  request: CopyRequest & { readonly to: Exclude<ImageLocation, GraphLocation> },
  signal: AbortSignal | undefined,
): Promise<Descriptor> {
  const { store, to, platform, onProgress } = request
  const copy = { store, source, platform, onProgress }
  const copied = await copyToStore(copy, signal)
  if (to.kind === 'store') {
    const name = fullName(withDefaultTag(parseReference(to.name)))
    await store.images.tag(await storeCopied(copy, copied), name)
    return copied.top
  }
  const images: PlatformImage[] = []
  for (const content of copied.images) images.push(await unlistedImage(store, content))
  const references = to.reference === undefined ? [] : [fullName(withDefaultTag(to.reference))]
  const archive = {
    store,
    images: [{ images, references }],
    format: 'docker',
    destination: to.path,
    onProgress,
  } as const
  await exportArchive(archive, signal)
  return copied.top
}
