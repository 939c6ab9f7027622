import type { Descriptor, Digest, ImageReference } from '../../image-spec/index.ts'
import type { CACHE_CONFIG_TYPE } from './cache-config.ts'
import type { MOUNTS_CONFIG_TYPE } from './mounts-config.ts'

/** Where a build cache is kept so that other machines find it. */
export type CachePlace =
  | { readonly type: 'registry'; readonly reference: ImageReference }
  | LocalPlace
  | S3Place
  | GhaPlace

/** An image layout. */
export interface LocalPlace {
  readonly type: 'local'
  /** Absolute. */
  readonly directory: string
  /** Of several caches in one layout; default `latest`. */
  readonly tag?: string
  /** Of the manifest, for reading; takes the place of the tag. */
  readonly digest?: Digest
  /** Writing removes the blobs that no cache of the layout uses. */
  readonly reset?: boolean
}

/** Objects in a bucket of S3 or of a server with the same API. */
export interface S3Place {
  readonly type: 's3'
  readonly bucket: string
  readonly region: string
  /** Of another server than Amazon's. */
  readonly endpoint?: string
  /** The bucket is in the path of URLs, not in the host. */
  readonly pathStyle?: boolean
  /** Before the prefixes of blobs and manifests. */
  readonly prefix: string
  readonly blobsPrefix: string
  readonly manifestsPrefix: string
  /** The cache is written under all of them and read under the first that is there. */
  readonly names: readonly [string, ...string[]]
  /** Blobs that are older than this are renewed, so that a rule of the bucket that removes old ones keeps them. */
  readonly touchRefreshMs: number
  readonly credentials?: S3Credentials
}

export interface S3Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** GitHub's cache service (version 2), as Actions' jobs have it. */
export interface GhaPlace {
  readonly type: 'gha'
  readonly url: string
  readonly scope: string
  readonly token: string
}

/** A place that is in use. */
export interface CacheBackend {
  /** The place without credentials, for messages. */
  readonly name: string
  /** What the store remembers, so that a later process finds the layers again: opened by `openCacheAddress()`. */
  readonly address: string
  /** The cache's configuration, verified where the place names its digest and type; undefined if there is no cache yet. */
  readConfig(type: CacheConfigType, signal: AbortSignal | undefined): Promise<Uint8Array | undefined>
  /** Bytes from an offset. Not verified: the store does that. */
  fetchBlob(
    blob: Descriptor,
    options: { readonly offset: number; readonly signal: AbortSignal | undefined },
  ): AsyncIterable<Uint8Array>
  hasBlob(blob: Descriptor, signal: AbortSignal | undefined): Promise<boolean>
  /** Repeatable: resolving means "the blob is there". */
  putBlob(blob: Descriptor, source: BlobSource, signal: AbortSignal | undefined): Promise<void>
  /** Makes the cache readable; its blobs are there. Replaces the one of the same name as a whole. */
  publish(cache: PublishedCache, signal: AbortSignal | undefined): Promise<void>
}

export interface BlobSource {
  /** Gives the bytes from an offset, as often as asked. */
  readonly open: (offset: number) => AsyncIterable<Uint8Array>
  /** Images that may be in the same registry and have the blob. */
  readonly near: readonly ImageReference[]
}

export type CacheConfigType = typeof CACHE_CONFIG_TYPE | typeof MOUNTS_CONFIG_TYPE

export interface PublishedCache {
  readonly type: CacheConfigType
  readonly config: Uint8Array
  readonly layers: readonly Descriptor[]
}

/** SECURITY: a cache's configuration is read into memory. 10,000 steps need less. */
export const MAX_CACHE_CONFIG_BYTES = 16 << 20
