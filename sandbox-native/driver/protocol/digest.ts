import type { FileSource, Selection } from './sources.ts'

/** Content digests (`blake3:<hex>`) of selections: names, bytes, modes, ids, xattrs and link targets enter, mtime does not. */
export interface DigestRequest {
  readonly verb: 'digest'
  readonly items: readonly {
    readonly source: FileSource
    readonly selection: Selection
    /**
     * Directory that exists: gains `<hex of the digest>.manifest`, one `path<TAB>digest` line a file, sorted, so that two
     * builds can be compared. A manifest that is there already stays and counts as used now.
     */
    readonly manifestDirectory?: string
  }[]
  /** Descriptor 5 is locked first, shared, and stays so. */
  readonly lock?: boolean
}

export interface DigestResult {
  readonly items: readonly (
    | { readonly digest: string; readonly fileCount: number; readonly sizeBytes: number }
    /** Nothing matched: the first path or pattern without a match, and names next to it that are about as long. */
    | { readonly missing: string; readonly isIgnored: boolean; readonly similar?: readonly string[] }
  )[]
}
