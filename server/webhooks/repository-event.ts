interface SomeRepository {
  /** Path of the repository, where a webhook reports several. */
  readonly repository?: string
}

/** What a forge reports, in one form. */
export type RepositoryEvent =
  | (SomeRepository & {
      readonly kind: 'push'
      /** Full. */
      readonly ref: string
      /** Absent: the newest of the ref. */
      readonly commit?: string
      readonly deleted: boolean
      readonly title?: string
      readonly author?: string
      /** Absent: the forge does not report them, or not all. */
      readonly changedPaths?: readonly string[]
    })
  | (SomeRepository & {
      readonly kind: 'pull-request'
      readonly number: number
      readonly ref: string
      /** Absent: the newest of the ref. */
      readonly commit?: string
      /** Of the commit, where the forge sends it. */
      readonly message?: string
      readonly title?: string
      readonly author?: string
      readonly fromFork: boolean
      /** Name of the target branch. */
      readonly base: string
    })
  | { readonly kind: 'ping' }
  | { readonly kind: 'other'; readonly reason: string }

export function isZero(commit: string): boolean {
  return /^0+$/.test(commit)
}
