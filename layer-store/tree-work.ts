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
  remove(request: { readonly paths: readonly string[] }): Promise<void>
  lock(
    descriptor: number,
    request: { readonly mode: 'shared' | 'exclusive'; readonly tryOnly: boolean },
  ): Promise<{ readonly locked: boolean }>
}
