import type { LayerSource } from './sources.ts'

/**
 * Reads chosen files of the merged layers, and sections of the ELF programs in them, into one file. Links are not
 * followed. What cannot be read, or is more than the limits allow, is reported and stops nothing.
 */
export interface ReadFilesRequest {
  readonly verb: 'read-files'
  readonly layers: readonly LayerSource[]
  /** As in an ignore file; a directory that matches chooses nothing below it. */
  readonly patterns: readonly string[]
  /** Of regular files with a bit for execution. */
  readonly sections: readonly string[]
  /** Gets the bytes of all, one after the other. */
  readonly output: string
  readonly maxFileBytes: number
  readonly maxTotalBytes: number
}

export interface ReadFilesResult {
  /** In the order of the tree, with the place of their bytes in the output. */
  readonly files: readonly {
    readonly path: string
    /** Of a program; absent: the whole file. */
    readonly section?: string
    readonly offset: number
    readonly sizeBytes: number
  }[]
  readonly unread: readonly { readonly path: string; readonly reason: string }[]
}
