import type { LayerSource } from './sources.ts'

/**
 * Reads a layer in any form and writes it as a stream: the diff id, and a blob if `output` is given. A tree is packed
 * as the difference to its base (directories whose metadata did not change leave no entry, parents of
 * changed files are included).
 */
export interface PackLayerRequest {
  readonly verb: 'pack-layer'
  readonly layer:
    | LayerSource
    | { readonly kind: 'blob'; readonly path: string }
    /** A complete tree, as the difference to what the survey found in it; the survey is renewed. */
    | { readonly kind: 'changed-tree'; readonly path: string; readonly survey: string }
  readonly base: readonly LayerSource[]
  readonly output?: { readonly path: string; readonly compression: Compression; readonly level?: number }
  /** Entry index for the written tar; only with an uncompressed output. */
  readonly index?: string
  readonly maxMtimeSeconds?: number
}

export type Compression = 'none' | 'gzip' | 'zstd'

export interface PackLayerResult {
  readonly diffId: string
  readonly sizeBytes: number
  readonly entryCount: number
  readonly contentBytes: number
  /** Of the written output. */
  readonly digest?: string
  readonly outputSizeBytes?: number
}

/** Makes an overlay tree from a layer blob (compression found by content). The tree is complete or absent. */
export interface UnpackLayerRequest {
  readonly verb: 'unpack-layer'
  readonly blob: string
  /** Verified against the bytes as stored, if given. */
  readonly expectDigest?: string
  /** Verified against the uncompressed bytes, if given. */
  readonly expectDiffId?: string
  readonly tree: string
  /** For directories and hard-link targets that the archive does not bring itself. */
  readonly base: readonly LayerSource[]
  readonly limits?: { readonly maxBytes?: number; readonly maxEntries?: number }
  /** The archive is not a layer: a name such as `.wh.x` is that of a file. */
  readonly literalNames?: boolean
}

export interface UnpackLayerResult {
  readonly diffId: string
  readonly sizeBytes: number
  readonly entryCount: number
  readonly contentBytes: number
}

/** Of a directory whose files are the caller's: what was left out, and what deserves a warning. */
export interface FlattenResult {
  readonly devicesLeftOut: NoticedFiles
  readonly setIdPrograms: NoticedFiles
}

export interface NoticedFiles {
  readonly count: number
  /** A few of their names. */
  readonly first: readonly string[]
}

/** Merges layers into one filesystem: a tar (no whiteouts), or a directory. */
export interface FlattenRequest {
  readonly verb: 'flatten'
  readonly layers: readonly LayerSource[]
  readonly output: /** With `directory` everything is below a directory of that name. The archive ends with two empty blocks and no more. */
    | { readonly kind: 'tar'; readonly path: string; readonly directory?: string }
    /**
     * Files are the caller's, without device nodes; or with `keepOwners` those of the ids in the layers, and the directory
     * is like theirs.
     */
    | { readonly kind: 'directory'; readonly path: string; readonly keepOwners?: boolean }
  /** Restrict to one path of the merged tree. */
  readonly subpath?: string
  readonly maxMtimeSeconds?: number
}

/** Puts further layers on a complete tree, which flatten or advance has made: it then looks like all of them. */
export interface AdvanceRequest {
  readonly verb: 'advance'
  readonly tree: string
  /** Top first. */
  readonly layers: readonly LayerSource[]
}
