import type { Descriptor, Digest, ImageReference, Index, Manifest } from '../image-spec/index.ts'
import type { ReceiveRest } from './pull/receive-rest.ts'
import type { ListReferrersRequest, PushedReferrer, Referrer } from './referrers/referrers.ts'
import type { RegistrySettings } from './settings/registry-settings.ts'
import type { Timeouts } from './transport/response-timeout.ts'

/** Client for the distribution spec; each reference selects the registry host. SPEC: distribution-spec spec.md */
export interface RegistryClient {
  /** Starts loading what requests need and finding the host, while the caller does other work. Never fails. */
  prepare(reference: ImageReference): void
  /** HEAD (or GET if refused) of a manifest: resolves the reference. */
  resolve(reference: ImageReference, signal?: AbortSignal): Promise<Descriptor>
  /** A manifest or index, verified against its digest, with its raw bytes. */
  fetchManifest(reference: ImageReference, options?: FetchManifestOptions): Promise<FetchedManifest>
  /** All tags of the repository; tag and digest of the reference are ignored. */
  listTags(reference: ImageReference, signal?: AbortSignal): Promise<readonly string[]>
  /** Number of places that a blob can be fetched from: its mirrors and the registry. */
  countSources(reference: ImageReference): number
  /** Bytes of a blob from `offset`; resumes after dropped connections. Not verified: the store does that. */
  fetchBlob(reference: ImageReference, blob: Descriptor, options?: FetchBlobRequest): AsyncIterable<Uint8Array>
  hasBlob(reference: ImageReference, digest: Digest, signal?: AbortSignal): Promise<boolean>
  /**
   * Uploads the blob unless the repository contains it or can mount it from `mountFrom`; monolithic or chunked, resumed
   * after dropped connections.
   */
  pushBlob(
    reference: ImageReference,
    blob: Descriptor,
    options: PushBlobOptions,
  ): Promise<'existed' | 'mounted' | 'uploaded'>
  /** True if the repository has the blob, or mounted it from another one on its host. Uploads nothing. */
  mountBlob(reference: ImageReference, blob: Descriptor, options: MountBlobOptions): Promise<boolean>
  /** Uploads a blob while it is being written; false if it must be pushed once it is complete. */
  pushGrowing(reference: ImageReference, blob: GrowingBlob): Promise<boolean>
  /** True if the repository has the manifest or index; also false if the request fails. */
  hasManifest(reference: ImageReference, digest: Digest, signal?: AbortSignal): Promise<boolean>
  /** By tag, or by digest if the reference has no tag. Returns the digest in the registry. */
  pushManifest(reference: ImageReference, manifest: RawManifest, signal?: AbortSignal): Promise<Digest>
  /**
   * Pushes a manifest or index with a `subject`, by tag, or by digest if the reference has no tag, and ensures that its
   * subject's referrers list it. Its blobs must have been pushed; its subject need not exist.
   */
  pushReferrer(reference: ImageReference, referrer: Referrer, signal?: AbortSignal): Promise<PushedReferrer>
  /**
   * A digest deletes the manifest with all its tags; a tag only the tag, if the registry supports that. A referrer is
   * also removed from its subject's list.
   */
  deleteManifest(reference: ImageReference, signal?: AbortSignal): Promise<void>
  /** Referrers of a digest in the reference's repository; empty if the subject does not exist. */
  listReferrers(
    reference: ImageReference,
    subject: Digest,
    request?: ListReferrersRequest,
  ): Promise<readonly Descriptor[]>
  /** Checks credentials against the host (GET /v2/). */
  ping(host: string, signal?: AbortSignal): Promise<void>
  close(): Promise<void>
}

export interface FetchManifestOptions {
  /** For errors; default: `pull`. */
  readonly action?: string | undefined
  readonly signal?: AbortSignal | undefined
}

export interface FetchBlobRequest {
  readonly offset?: number
  /** How often the blob arrived damaged: that many sources are skipped, but not the last one. */
  readonly damaged?: number
  /** Reads the rest of a large blob from its connection, if possible; those bytes are not returned. */
  readonly receive?: ReceiveRest | undefined
  readonly signal?: AbortSignal
}

export interface MountBlobOptions {
  /** Repositories on the same host that may contain the blob. */
  readonly mountFrom?: readonly string[]
  readonly signal?: AbortSignal | undefined
}

export interface PushBlobOptions extends MountBlobOptions {
  /** Returns the bytes from an offset; can be called repeatedly. */
  readonly open: (offset: number) => AsyncIterable<Uint8Array>
  /** The repository most likely has the blob: check before trying a mount. */
  readonly isExpected?: boolean
  readonly onProgress?: ((sentBytes: number) => void) | undefined
}

/** A manifest or index in bytes. */
export interface RawManifest {
  readonly mediaType: string
  readonly bytes: Uint8Array
}

export interface GrowingBlob {
  /** Yields the current size repeatedly, finally with the descriptor. */
  readonly growth: AsyncIterable<{ readonly sizeBytes: number; readonly final?: Descriptor | undefined }>
  /** Returns what has been written from an offset; can be called repeatedly. */
  readonly open: (offset: number) => AsyncIterable<Uint8Array>
  readonly signal?: AbortSignal | undefined
}

export type FetchedManifest = FetchedDocument &
  ({ readonly kind: 'manifest'; readonly manifest: Manifest } | { readonly kind: 'index'; readonly index: Index })

interface FetchedDocument {
  readonly descriptor: Descriptor
  /** As received. */
  readonly bytes: Uint8Array
  /** ETag of the tag, if the registry has one. */
  readonly etag?: string | undefined
}

export interface RegistryOptions {
  readonly credentials: CredentialSource
  /** Hosts that may be reached over plain HTTP or with an unknown certificate. Loopback hosts may always use HTTP. */
  readonly insecureHosts?: readonly string[]
  /** PEM file trusted in addition to the system's CAs; read when TLS is first needed. */
  readonly caFile?: string
  /** Mirrors, certificates and other settings by registry; default: none. */
  readonly settings?: RegistrySettings
  /** Retries after lost connections and 429 or 5xx responses; default 5. */
  readonly retries?: number
  /** Delay before the first retry, doubling each time; default 300. */
  readonly retryDelayMs?: number
  /** A large blob that arrives slowly is fetched over several connections after this time; default 1000. */
  readonly splitAfterMs?: number
  /** For tests; default: minutes. */
  readonly timeouts?: Timeouts
  /** For proxies and certificates; default: the process's environment. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Directories with `<host>/{*.crt,*.cert,*.key}`; default: Docker's and podman's certs.d. */
  readonly certificateFolders?: readonly string[]
  readonly userAgent?: string
}

/** Finds the credentials for a host, or for a repository if the source distinguishes them. */
export interface CredentialSource {
  find(scope: CredentialScope): Promise<Credentials | undefined>
}

export interface CredentialScope {
  readonly host: string
  readonly repository?: string
}

export type Credentials =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'identity-token'; readonly token: string }
  | { readonly kind: 'bearer'; readonly token: string }

export type { ListReferrersRequest, PushedReferrer, Referrer }
