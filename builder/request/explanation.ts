/** Why a step was taken from the cache, or was not. */
export type Explanation =
  | {
      readonly outcome: 'hit'
      /** `content`: what the step reads is the same, although its definition or an input may have changed. */
      readonly by: 'definition' | 'content'
    }
  | {
      readonly outcome: 'missed'
      /** In comparison with the last build of the same step; never empty. */
      readonly reasons: readonly MissReason[]
    }

export type MissReason =
  /** `--no-cache` or `--no-cache-filter`. */
  | { readonly kind: 'no-cache' }
  /** No earlier build of this Dockerfile finished this step. */
  | { readonly kind: 'never-built' }
  /** Nothing changed, but what the step made is no longer in the store. */
  | { readonly kind: 'pruned' }
  | ({ readonly kind: 'instruction' } & Change)
  | ({ readonly kind: 'argument' | 'variable'; readonly name: string } & Change)
  /** The user, the directory, the shell, a mount, a script. */
  | ({ readonly kind: 'setting'; readonly name: string } & Change)
  | ({ readonly kind: 'base-image' } & Change)
  /** A step that this one builds on or reads has a different result. */
  | { readonly kind: 'input'; readonly name: string }
  | FilesReason

/** Absent: it was not there. */
export interface Change {
  readonly before?: string
  readonly after?: string
}

export interface FilesReason {
  readonly kind: 'files'
  /** Where they come from: `build context`, or the name of a step or source. */
  readonly from: string
  /** What the instruction selects, such as `src /app`. */
  readonly paths: string
  /** Each at most 100 names, sorted; `count` reports how many there are. Absent where the last build's list is gone. */
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
