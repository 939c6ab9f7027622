import type { FileSource, LayerSource, Selection } from './sources.ts'

/** Writes one layer as a tar straight from its sources, without making a tree. */
export interface WriteLayerRequest {
  readonly verb: 'write-layer'
  /** What is below the new layer: destinations, owners by name and existing directories are looked up here. */
  readonly base: readonly LayerSource[]
  readonly actions: readonly FileAction[]
  readonly tar: string
  readonly index: string
  /** Hash the tar while it is written. */
  readonly wantDiffId: boolean
  /** Later times are set back to this one (rewrite-timestamp), in seconds. */
  readonly maxMtimeSeconds?: number
}

export type FileAction =
  | {
      readonly kind: 'copy'
      readonly source: FileSource
      readonly selection: Selection
      /** Absolute; a trailing slash means a directory. */
      readonly to: string
      /** Docker's --chown syntax; absent: 0:0. `keep`: the source's ids stay. */
      readonly owner?: string
      readonly mode?: string
      /** Place on an empty root: no lookup of links in the base (`--link`). */
      readonly link?: boolean
    }
  | {
      readonly kind: 'mkdir'
      readonly path: string
      readonly mode: number
      readonly owner?: string
      readonly mtimeSeconds?: number
    }
  | {
      readonly kind: 'mkfile'
      readonly path: string
      readonly contentBase64: string
      readonly mode: string
      readonly owner?: string
      readonly mtimeSeconds?: number
    }
  | { readonly kind: 'rm'; readonly path: string; readonly allowMissing: boolean }

export interface WriteLayerResult {
  /** Absent unless asked for. */
  readonly diffId?: string
  readonly sizeBytes: number
  /** 0 means that nothing changed: there need be no layer. */
  readonly entryCount: number
  /** Of its files. */
  readonly contentBytes: number
  /** Files have names such as `.wh.x`, which would delete in a layer, and nothing is really deleted. Absent: false. */
  readonly hasWhiteoutNames?: boolean
}
