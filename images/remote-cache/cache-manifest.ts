import { type Descriptor, digestOf, type Manifest, MediaType } from '../../image-spec/index.ts'
import type { CacheConfigType, PublishedCache } from './cache-location.ts'

export interface CacheManifest {
  readonly config: Descriptor
  readonly manifest: Uint8Array
}

/** SPEC: BuildKit with image-manifest=true: an image manifest whose configuration is the cache's. */
export function cacheManifest({ type, config, layers }: PublishedCache): CacheManifest {
  const descriptor = { mediaType: type, digest: digestOf(config), size: config.length }
  const document: Manifest = { schemaVersion: 2, mediaType: MediaType.ociManifest, config: descriptor, layers }
  return { config: descriptor, manifest: Buffer.from(JSON.stringify(document)) }
}

/**
 * The configuration in a manifest, or in the index that BuildKit writes with image-manifest=false; undefined for
 * another image.
 */
export function cacheConfigOf(
  document:
    | { readonly kind: 'manifest'; readonly manifest: Manifest }
    | { readonly kind: 'index'; readonly index: { readonly manifests: readonly Descriptor[] } },
  type: CacheConfigType,
): Descriptor | undefined {
  const named = document.kind === 'manifest' ? [document.manifest.config] : document.index.manifests
  return named.find(({ mediaType }) => mediaType === type)
}
