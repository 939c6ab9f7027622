import type { Socket } from 'node:net'
import type { Readable, Writable } from 'node:stream'
import type { FileFollower } from './file-follower.ts'
import type { CompressionAlgorithm, LayerForm } from './layers.ts'

/** Native work that the store needs; the sandbox driver's TreeWork satisfies it. */
export interface StoreTreeWork {
  packLayer(
    request: {
      readonly layer: LayerForm | { readonly kind: 'blob'; readonly path: string }
      readonly base: readonly LayerForm[]
      readonly output?: {
        readonly path: string
        readonly compression: CompressionAlgorithm
        readonly level?: number
      }
      readonly index?: string
    },
    signal?: AbortSignal,
    onProgress?: (doneBytes: number) => void,
  ): Promise<{
    readonly diffId: string
    readonly sizeBytes: number
    readonly contentBytes: number
    readonly entryCount: number
    readonly digest?: string
    readonly outputSizeBytes?: number
    readonly estargz?: { readonly diffId: string; readonly sizeBytes: number; readonly tocDigest: string }
  }>
  unpackLayer(request: UnpackRequest, signal?: AbortSignal): Promise<UnpackedTree>
  /** Unpacks a blob that is being written. */
  unpackGrowing(request: UnpackRequest): FileFollower<UnpackedTree>
  followBlob(
    request: { readonly path: string; readonly from?: DigestState },
    onState: (state: DigestState) => void,
  ): FileFollower<FollowedDigest>
  receiveBytes(
    request: {
      readonly path: string
      readonly position: number
      readonly sizeBytes: number
      readonly idleMs: number
    },
    more: ReceiveOptions,
  ): Promise<{ readonly receivedBytes: number }>
  /** Uncompresses an archive; `sink` is not ended. */
  uncompress(streams: {
    readonly source: Readable
    readonly sink: Writable
    readonly signal?: AbortSignal | undefined
  }): Promise<unknown>
  remove(request: { readonly paths: readonly string[] }): Promise<void>
  lock(
    descriptor: number,
    request: { readonly mode: 'shared' | 'exclusive'; readonly tryOnly: boolean },
    signal?: AbortSignal,
  ): Promise<{ readonly locked: boolean }>
}

export interface ReceiveOptions {
  /** This process must not read from it any more. */
  readonly connection: Socket
  /** Reports the current size of the file. */
  readonly onProgress: (sizeBytes: number) => void
  readonly signal?: AbortSignal | undefined
}

export interface UnpackRequest {
  readonly blob: string
  readonly expectDigest?: string
  readonly expectDiffId?: string
  readonly tree: string
  readonly base: readonly LayerForm[]
  readonly literalNames?: boolean
}

export interface UnpackedTree {
  readonly diffId: string
  readonly sizeBytes: number
  readonly contentBytes: number
  readonly entryCount: number
}

export interface FollowedDigest {
  readonly digest: string
  readonly sizeBytes: number
}

/** SHA-256 between two blocks, as plain JSON. SPEC: FIPS 180-4 section 6.2 */
export interface DigestState {
  /** A multiple of 64. */
  readonly position: number
  /** Eight unsigned 32-bit numbers. */
  readonly words: readonly number[]
}
