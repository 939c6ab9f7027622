import type { Readable } from 'node:stream'
import type { Descriptor, Digest } from '../image-spec/index.ts'
import type { FileFollower } from './file-follower.ts'
import type { DigestState, FollowedDigest, ReceiveOptions } from './tree-work.ts'

/** Of manifests and configurations, which are read as a whole. */
export const MAX_DOCUMENT_BYTES = 4 << 20

/** Verified, immutable bytes by digest. */
export interface BlobStore {
  /** Idempotent: resolving means that the blob exists. On wrong bytes: STORE_DIGEST_MISMATCH, nothing left behind. */
  put(descriptor: Descriptor, bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void>
  /** Stores bytes whose digest is not known yet. */
  putBytes(bytes: Uint8Array): Promise<{ readonly digest: Digest; readonly size: number }>
  /** Adopts a complete file that native code wrote and hashed in `temporaryPath()`. */
  adopt(path: string, digest: Digest): Promise<void>
  /** A new path on the store's filesystem for a file to be adopted or deleted. */
  temporaryPath(): string
  /** Claims the partial blob of an interrupted download, or a new one. No other living process gets the same one. */
  claimPartial(digest: Digest): PartialBlob
  /** The uncompressed bytes of an archive, whose compression is detected: gzip, bzip2, xz or zstd. */
  uncompress(archive: AsyncIterable<Uint8Array>, signal?: AbortSignal): AsyncIterable<Uint8Array>
  /** Verified: fails at the end unless size and digest match. */
  open(blob: Descriptor): Readable
  /** Reads a small blob (manifest, configuration) as a whole, verified; at most `maxBytes` (default: MAX_DOCUMENT_BYTES). */
  read(digest: Digest, maxBytes?: number): Promise<Buffer>
  has(digest: Digest): Promise<boolean>
  path(digest: Digest): string
  size(digest: Digest): Promise<number | undefined>
  delete(digest: Digest): Promise<void>
  list(): AsyncIterable<Digest>
}

/** A part of a blob being received on one connection. */
export interface ReceivedPart {
  readonly position: number
  readonly sizeBytes: number
  /** A connection that receives (almost) nothing for this long is given up. */
  readonly idleMs: number
}

/** A blob being received, to be adopted when complete. Garbage collection removes it if no process works on it. */
export interface PartialBlob {
  /** The bytes so far; may not exist. */
  readonly path: string
  /** For the process that resumes the work; may not exist. */
  readonly statePath: string
  /** Hashes the bytes while they are written, resuming from a state saved by an earlier process. */
  follow(from: DigestState | undefined, onState: (state: DigestState) => void): FileFollower<FollowedDigest>
  /** Appends the data of a connection, in another process; resolves to the number of bytes. */
  receive(place: ReceivedPart, options: ReceiveOptions): Promise<number>
  /** Keeps it for the next claim, by this or another process. */
  keep(): void
  /** Removes what still exists. */
  discard(): void
}
