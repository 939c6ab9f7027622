import type { Readable } from 'node:stream'
import type { Descriptor, Digest } from '../image-spec/index.ts'
import type { FileFollower } from './file-follower.ts'
import type { DigestState, FollowedDigest, ReceiveOptions } from './tree-work.ts'

/** Verified, immutable bytes by digest. */
export interface BlobStore {
  /** Repeatable: resolving means "the blob is here". On wrong bytes: STORE_DIGEST_MISMATCH, nothing left behind. */
  put(want: Descriptor, bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void>
  /** Stores bytes whose digest is not known yet. */
  putBytes(bytes: Uint8Array): Promise<{ readonly digest: Digest; readonly size: number }>
  /** Takes over a finished file that native work wrote and hashed in `temporaryPath()`. */
  adopt(path: string, digest: Digest): Promise<void>
  /** A fresh path on the store's filesystem for a file to be adopted or deleted. */
  temporaryPath(): string
  /** Claims what an interrupted download of the blob left, or a fresh place. No other living process gets the same. */
  claimPartial(digest: Digest): PartialBlob
  /** Verified: fails at its end unless size and digest match. */
  open(blob: Descriptor): Readable
  /** Small blobs (manifests, configs) whole and verified; at most `maxBytes` (default 4 MiB). */
  read(digest: Digest, maxBytes?: number): Promise<Buffer>
  has(digest: Digest): Promise<boolean>
  path(digest: Digest): string
  size(digest: Digest): Promise<number | undefined>
  delete(digest: Digest): Promise<void>
  list(): AsyncIterable<Digest>
}

/** A part of a blob that is on its way over one connection. */
export interface ReceivedPart {
  readonly position: number
  readonly sizeBytes: number
  /** A connection that brings nothing, or next to nothing, for so long is given up. */
  readonly idleMs: number
}

/** Room for a blob under way, to be adopted when it is whole. Collection removes what no process works on. */
export interface PartialBlob {
  /** The bytes so far; need not exist. */
  readonly path: string
  /** For whatever continues the work; need not exist. */
  readonly statePath: string
  /** Digests the bytes while they are written, from a state that an earlier process saved. */
  follow(from: DigestState | undefined, onState: (state: DigestState) => void): FileFollower<FollowedDigest>
  /** Appends what a connection brings, by another process; resolves with how much that was. */
  receive(place: ReceivedPart, options: ReceiveOptions): Promise<number>
  /** Leaves it for the next claim, of this or another process. */
  keep(): void
  /** Removes what is still there. */
  discard(): void
}
