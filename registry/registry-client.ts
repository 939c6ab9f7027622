import type { Descriptor, Digest, ImageReference, Index, Manifest, Platform } from '../image-spec/index.ts'
import type { ReceiveRest } from './pull/receive-rest.ts'
import type { ListReferrersRequest, PushedReferrer, Referrer } from './referrers/referrers.ts'
import type { RegistrySettings } from './settings/registry-settings.ts'
import type { Patience } from './transport/answer-limit.ts'

/** Speaks the distribution spec with one registry host a reference. SPEC: distribution-spec spec.md */
export interface RegistryClient {
  /** Starts to load what requests need and to find the host, while the caller does other work. Never fails. */
  prepare(reference: ImageReference): void
  /** HEAD (or GET where refused) of a manifest: what the reference points at now. */
  resolve(reference: ImageReference, signal?: AbortSignal): Promise<Descriptor>
  /** Manifest or index, verified against its digest, raw bytes kept. */
  fetchManifest(reference: ImageReference, signal?: AbortSignal): Promise<FetchedManifest>
  /** Every tag of the repository; tag and digest of the reference are ignored. */
  listTags(reference: ImageReference, signal?: AbortSignal): Promise<readonly string[]>
  /** Bytes of a blob from `offset`; resumes by itself on dropped connections. Not verified: the store does that. */
  fetchBlob(reference: ImageReference, blob: Descriptor, options?: FetchBlobRequest): AsyncIterable<Uint8Array>
  hasBlob(reference: ImageReference, digest: Digest, signal?: AbortSignal): Promise<boolean>
  /**
   * Uploads unless the repository has it or mounts it from `mountFrom`; monolithic or chunked, resumed after a dropped
   * connection.
   */
  pushBlob(
    reference: ImageReference,
    blob: Descriptor,
    options: PushBlobOptions,
  ): Promise<'existed' | 'mounted' | 'uploaded'>
  /** True if the repository has the blob, or mounted it from one of the others on its host. Nothing is uploaded. */
  mountBlob(
    reference: ImageReference,
    blob: Descriptor,
    mountFrom: readonly string[],
    signal?: AbortSignal,
  ): Promise<boolean>
  /** Uploads a blob while it is being written; false where it has to be pushed whole when it is done. */
  pushGrowing(reference: ImageReference, blob: GrowingBlob): Promise<boolean>
  /** True if the repository has the manifest or index; false also where it cannot be asked. */
  hasManifest(reference: ImageReference, digest: Digest, signal?: AbortSignal): Promise<boolean>
  /** By tag, or by digest if the reference has no tag. Gives the digest that the registry holds. */
  pushManifest(reference: ImageReference, mediaType: string, bytes: Uint8Array, signal?: AbortSignal): Promise<Digest>
  /**
   * Pushes a manifest or index that has a `subject`, by tag or by digest if the reference has no tag, and makes sure that
   * it is among the referrers of its subject. Its blobs have been pushed before; its subject need not be there.
   */
  pushReferrer(reference: ImageReference, referrer: Referrer, signal?: AbortSignal): Promise<PushedReferrer>
  /**
   * By digest the manifest with all its tags; by tag the tag alone, where the registry can do that. What refers to
   * another manifest leaves the list of that.
   */
  deleteManifest(reference: ImageReference, signal?: AbortSignal): Promise<void>
  /** What refers to this digest in the reference's repository; none where the subject is not there. */
  listReferrers(
    reference: ImageReference,
    subject: Digest,
    request?: ListReferrersRequest,
  ): Promise<readonly Descriptor[]>
  /** Checks credentials against the host (GET /v2/). */
  ping(host: string, signal?: AbortSignal): Promise<void>
  close(): Promise<void>
}

export interface FetchBlobRequest {
  readonly offset?: number
  /** Of the registry itself: for a blob that a mirror may have damaged. */
  readonly isWithoutMirrors?: boolean
  /** Takes what is left of a large blob from its connection, where it can; such bytes are not among those that are given. */
  readonly receive?: ReceiveRest | undefined
  readonly signal?: AbortSignal
}

export interface PushBlobOptions {
  /** Gives the bytes from an offset, as often as asked. */
  readonly open: (offset: number) => AsyncIterable<Uint8Array>
  /** Repositories on the same host that may hold the blob. */
  readonly mountFrom?: readonly string[]
  /** The repository most likely has the blob: it is asked before a mount is tried. */
  readonly isExpected?: boolean
  readonly onProgress?: ((sentBytes: number) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

export interface GrowingBlob {
  /** Its size, again and again, at last with its descriptor. */
  readonly growth: AsyncIterable<{ readonly sizeBytes: number; readonly final?: Descriptor | undefined }>
  /** Gives what is written from an offset, as often as asked. */
  readonly open: (offset: number) => AsyncIterable<Uint8Array>
  readonly signal?: AbortSignal | undefined
}

export type FetchedManifest = FetchedDocument &
  ({ readonly kind: 'manifest'; readonly manifest: Manifest } | { readonly kind: 'index'; readonly index: Index })

interface FetchedDocument {
  readonly descriptor: Descriptor
  /** As received. */
  readonly bytes: Uint8Array
  /** The version of the tag, where the registry keeps one. */
  readonly etag?: string | undefined
}

export interface RegistryOptions {
  readonly credentials: CredentialSource
  /** Hosts that may be reached over plain HTTP or with an unknown certificate. Loopback hosts may always use HTTP. */
  readonly insecureHosts?: readonly string[]
  /** PEM file that is trusted in addition to the system's; read when TLS is first needed. */
  readonly caFile?: string
  /** Mirrors, certificates and such by registry; default: none. */
  readonly settings?: RegistrySettings
  /** Further tries after lost connections and 429 or 5xx answers; default 5. */
  readonly retries?: number
  /** Before the first repetition, doubling each time; default 300. */
  readonly retryDelayMs?: number
  /** A large blob that comes slowly is fetched over several connections after this time; default 1000. */
  readonly splitAfterMs?: number
  /** For tests; default: minutes. */
  readonly patience?: Patience
  /** For proxies and certificates; default: the process's. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Folders of `<host>/{*.crt,*.cert,*.key}`; default: Docker's and podman's certs.d. */
  readonly certificateFolders?: readonly string[]
  readonly userAgent?: string
}

/** Host to credentials, or none. */
export interface CredentialSource {
  find(host: string): Promise<Credentials | undefined>
}

export type Credentials =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'identity-token'; readonly token: string }
  | { readonly kind: 'bearer'; readonly token: string }

export type { ListReferrersRequest, Platform, PushedReferrer, Referrer }
