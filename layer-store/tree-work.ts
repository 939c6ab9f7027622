import type { LayerForm } from './layers.ts'

/** What the store needs done natively; the sandbox driver's TreeWork fits. */
export interface StoreTreeWork {
  packLayer(
    request: {
      readonly layer: LayerForm | { readonly kind: 'blob'; readonly path: string }
      readonly base: readonly LayerForm[]
      readonly output?: {
        readonly path: string
        readonly compression: 'none' | 'gzip' | 'zstd'
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
  }>
  unpackLayer(
    request: {
      readonly blob: string
      readonly expectDigest?: string
      readonly expectDiffId?: string
      readonly tree: string
      readonly base: readonly LayerForm[]
      readonly literalNames?: boolean
    },
    signal?: AbortSignal,
  ): Promise<{
    readonly diffId: string
    readonly sizeBytes: number
    readonly contentBytes: number
    readonly entryCount: number
  }>
  followBlob(
    request: { readonly path: string; readonly from?: DigestState },
    onState: (state: DigestState) => void,
  ): FollowedBlob
  remove(request: { readonly paths: readonly string[] }): Promise<void>
  lock(
    descriptor: number,
    request: { readonly mode: 'shared' | 'exclusive'; readonly tryOnly: boolean },
  ): Promise<{ readonly locked: boolean }>
}

/** The digest of a file that is being written, computed by another process. */
export interface FollowedBlob {
  /** So many bytes of the file are there now. */
  grow(sizeBytes: number): void
  /** The file is complete. */
  finish(): Promise<{ readonly digest: string; readonly sizeBytes: number }>
  /** Ends it early, with the last state saved. Never rejects. */
  abandon(): Promise<void>
}

/** SHA-256 between two blocks, as plain JSON. SPEC: FIPS 180-4 section 6.2 */
export interface DigestState {
  /** A multiple of 64. */
  readonly position: number
  /** Eight unsigned 32-bit numbers. */
  readonly words: readonly number[]
}
