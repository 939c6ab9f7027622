import type { Descriptor, Digest, ImageReference } from '../../image-spec/index.ts'
import type { CACHE_CONFIG_TYPE } from './cache-config.ts'
import type { MOUNTS_CONFIG_TYPE } from './mounts-config.ts'

/** Where a build cache is stored for other machines. */
export type CacheLocation =
  | { readonly type: 'registry'; readonly reference: ImageReference }
  | LocalCacheLocation
  | S3CacheLocation
  | GhaCacheLocation

/** An OCI image layout. */
export interface LocalCacheLocation {
  readonly type: 'local'
  /** Absolute. */
  readonly directory: string
  /** Selects one of several caches in a layout; default `latest`. */
  readonly tag?: string
  /** Digest of the manifest, for reading; takes precedence over the tag. */
  readonly digest?: Digest
  /** Writing removes the blobs that no cache of the layout uses. */
  readonly reset?: boolean
}

/** Objects in a bucket of S3 or of a server with a compatible API. */
export interface S3CacheLocation {
  readonly type: 's3'
  readonly bucket: string
  readonly region: string
  /** For a server other than Amazon's. */
  readonly endpoint?: string
  /** The bucket is in the URL's path instead of the host. */
  readonly pathStyle?: boolean
  /** Precedes the prefixes of blobs and manifests. */
  readonly prefix: string
  readonly blobsPrefix: string
  readonly manifestsPrefix: string
  /** The cache is written under all of them and read from the first that exists. */
  readonly names: readonly [string, ...string[]]
  /** Older blobs are renewed, to protect them from lifecycle rules of the bucket that expire old objects. */
  readonly touchRefreshMs: number
  readonly credentials?: S3Credentials
}

export interface S3Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** GitHub's cache service (version 2), as available to Actions jobs. */
export interface GhaCacheLocation {
  readonly type: 'gha'
  readonly url: string
  readonly scope: string
  readonly token: string
}

/** An opened cache location. */
export interface CacheBackend {
  /** The location without credentials, for messages. */
  readonly name: string
  /** Stored, so that a later process can find the layers with `openCacheAddress()`. */
  readonly address: string
  /** The cache's configuration, verified if the location has its digest and type; undefined if there is no cache yet. */
  readConfig(type: CacheConfigType, signal: AbortSignal | undefined): Promise<Uint8Array | undefined>
  /** Bytes from an offset, not verified: the store does that. */
  fetchBlob(
    blob: Descriptor,
    options: { readonly offset: number; readonly signal: AbortSignal | undefined },
  ): AsyncIterable<Uint8Array>
  hasBlob(blob: Descriptor, signal: AbortSignal | undefined): Promise<boolean>
  /** Idempotent: resolving means that the blob exists. */
  putBlob(blob: Descriptor, source: BlobSource, signal: AbortSignal | undefined): Promise<void>
  /** Makes the cache readable once its blobs exist. Replaces the previous cache with the same name. */
  publish(cache: PublishedCache, signal: AbortSignal | undefined): Promise<void>
}

export interface BlobSource {
  /** Returns the bytes from an offset; can be called repeatedly. */
  readonly open: (offset: number) => AsyncIterable<Uint8Array>
  /** Images that may be in the same registry and contain the blob. */
  readonly near: readonly ImageReference[]
}

export type CacheConfigType = typeof CACHE_CONFIG_TYPE | typeof MOUNTS_CONFIG_TYPE

export interface PublishedCache {
  readonly type: CacheConfigType
  readonly config: Uint8Array
  readonly layers: readonly Descriptor[]
}

/** SECURITY: a cache's configuration is read into memory. 10,000 steps need less than this. */
export const MAX_CACHE_CONFIG_BYTES = 16 << 20
