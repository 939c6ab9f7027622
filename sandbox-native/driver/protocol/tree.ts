import type { LayerSource } from './sources.ts'

/** What an overlay tree changes in the layers below it, as `docker diff` tells it: sorted, directories before their content. */
export interface DiffRequest {
  readonly verb: 'diff'
  readonly tree: string
  readonly base: readonly LayerSource[]
}

export interface DiffResult {
  readonly changes: readonly { readonly kind: 'A' | 'C' | 'D'; readonly path: string }[]
}

/** Removes trees whatever their owners and modes. Missing paths are fine. */
export interface RemoveRequest {
  readonly verb: 'remove'
  readonly paths: readonly string[]
}
