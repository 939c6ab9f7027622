/** One layer, given by its form. Lists of layers are always ordered top first. */
export type LayerSource =
  /** An overlay directory: deletions are character devices 0:0, opaque directories carry the overlay xattr. */
  | { readonly kind: 'tree'; readonly path: string }
  /** An uncompressed layer tar with the entry index that write-layer put next to it. */
  | { readonly kind: 'tar'; readonly path: string; readonly index: string }

/** Where files are taken from. Paths of selections are resolved beneath it and can't leave it. */
export type FileSource =
  | {
      readonly kind: 'directory'
      readonly root: string
      /** Cleaned .dockerignore patterns in file order, `!` in front of exceptions. Applied during the walk. */
      readonly ignore: readonly string[]
      /** File that keeps (size, mtime ns, ctime ns, inode) to content digest between builds. */
      readonly statCache?: string
    }
  | { readonly kind: 'layers'; readonly layers: readonly LayerSource[] }

/** Which files of a source an action takes, by the rules of COPY. */
export interface Selection {
  /** Paths or Go filepath.Match patterns, relative to the source's root. */
  readonly paths: readonly string[]
  /** Patterns relative to each source path that leave files out (`--exclude`). */
  readonly exclude?: readonly string[]
  /** Keep parent directories (`--parents`), with `/./` as pivot. */
  readonly parents?: boolean
  /** Unpack sources that are archives by content (plain, gzip, bzip2, xz, zstd tar). */
  readonly unpackArchives?: boolean
}
