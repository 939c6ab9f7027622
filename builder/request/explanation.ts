/** Why a step was or was not taken from the cache. */
export type Explanation =
  | {
      readonly outcome: 'hit'
      /**
       * `content`: the files that the step reads are the same, although its definition or an input may have changed.
       */
      readonly by: 'definition' | 'content'
    }
  | {
      readonly outcome: 'missed'
      /** Compared with the last build of the same step; never empty. */
      readonly reasons: readonly MissReason[]
    }

export type MissReason =
  /** `--no-cache` or `--no-cache-filter`. */
  | { readonly kind: 'no-cache' }
  /** No earlier build of this Dockerfile finished this step. */
  | { readonly kind: 'never-built' }
  /** Nothing changed, but the step's result is no longer in the store. */
  | { readonly kind: 'pruned' }
  | ({ readonly kind: 'instruction' } & Change)
  | ({ readonly kind: 'argument' | 'variable'; readonly name: string } & Change)
  /** The user, directory, shell, a mount or a script. */
  | ({ readonly kind: 'setting'; readonly name: string } & Change)
  | ({ readonly kind: 'base-image' } & Change)
  /** A step that this one builds on or reads has a different result. */
  | { readonly kind: 'input'; readonly name: string }
  | FilesReason

/** Absent if it did not exist before. */
export interface Change {
  readonly before?: string
  readonly after?: string
}

export interface FilesReason {
  readonly kind: 'files'
  /** Origin of the files: `build context`, or the name of a step or source. */
  readonly from: string
  /** The instruction's source paths, such as `src /app`. */
  readonly paths: string
  /** At most 100 names each, sorted; `count` is the total. Absent if the last build's manifest is gone. */
  readonly changes?: {
    readonly added: FileNames
    readonly changed: FileNames
    readonly removed: FileNames
  }
}

export interface FileNames {
  readonly count: number
  readonly names: readonly string[]
}
