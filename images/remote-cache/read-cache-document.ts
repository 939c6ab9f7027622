import type { Descriptor, Digest, Index, Manifest } from '../../image-spec/index.ts'
import { CACHE_CONFIG_TYPE } from './cache-config.ts'
import { type CacheConfigType, MAX_CACHE_CONFIG_BYTES } from './cache-location.ts'
import { cacheConfigOf } from './cache-manifest.ts'
import { type CacheParts, readInlineCache } from './inline-cache.ts'
import { badCache, NO_MOUNTS, NO_MOUNTS_HINT, readCapped, tooLarge } from './read-capped.ts'

/** SECURITY: an index may list any number of manifests; images for all platforms need fewer. */
const MAX_IMAGES = 64

export type CacheDocument =
  | { readonly kind: 'manifest'; readonly manifest: Manifest }
  | { readonly kind: 'index'; readonly index: Index }

/** A location that stores manifests and blobs. */
export interface DocumentSource {
  readonly name: string
  /** Verified. */
  readManifest(digest: Digest): Promise<CacheDocument>
  fetchBlob(blob: Descriptor): AsyncIterable<Uint8Array>
}

/** The cache's configuration: from a cache artifact, else assembled from images that carry it (`type=inline`). */
export async function readCacheDocument(
  root: CacheDocument,
  type: CacheConfigType,
  source: DocumentSource,
): Promise<Uint8Array> {
  const config = cacheConfigOf(root, type)
  if (config !== undefined) return readCapped(config, source.fetchBlob(config), source.name)
  if (type !== CACHE_CONFIG_TYPE) throw badCache(source.name, NO_MOUNTS, { hint: NO_MOUNTS_HINT })
  const carried: CacheParts[] = []
  const images = await imagesOf(root, source)
  // SECURITY: the images' configurations are held in memory, so their total is limited like a single one.
  if (images.reduce((sum, { config: { size } }) => sum + size, 0) > MAX_CACHE_CONFIG_BYTES) throw tooLarge(source.name)
  for (const manifest of images) {
    const bytes = await readCapped(manifest.config, source.fetchBlob(manifest.config), source.name)
    const found = readInlineCache(manifest, bytes)
    if (found !== undefined) carried.push(found)
  }
  if (carried.length === 0) throw noCache(source.name)
  const layers = carried.flatMap((parts) => parts.layers)
  return Buffer.from(JSON.stringify({ layers, records: carried.flatMap((parts) => parts.records) }))
}

async function imagesOf(root: CacheDocument, source: DocumentSource): Promise<readonly Manifest[]> {
  if (root.kind === 'manifest') return [root.manifest]
  const named = root.index.manifests.filter(isImage)
  if (named.length > MAX_IMAGES) throw badCache(source.name, `its index lists ${named.length} images`)
  const documents = await Promise.all(named.map(({ digest }) => source.readManifest(digest)))
  return documents.flatMap((document) => (document.kind === 'manifest' ? [document.manifest] : []))
}

/** SPEC: buildx: attestations are manifests with an unknown platform. */
function isImage({ platform }: Descriptor): boolean {
  return platform?.os !== 'unknown'
}

function noCache(name: string) {
  const hint = 'Build the image with --cache-to type=inline, or give the name of a cache'
  return badCache(name, 'it is an image without a cache', { hint })
}
