export interface ReportedRepository {
  /** Such as `team/app`. */
  readonly path: string
  /** Whether the webhook certainly reports other repositories too, such as those of an organization. */
  readonly isOneOfMany: boolean
}

interface SomeRepository {
  /** Absent if the webhook reports that of the project only. */
  readonly repository?: ReportedRepository
}

/** An event of a forge, in a common format. */
export type RepositoryEvent =
  | (SomeRepository & {
      readonly kind: 'push'
      /** Full ref. */
      readonly ref: string
      /** Absent: the newest commit of the ref. */
      readonly commit?: string
      readonly deleted: boolean
      readonly title?: string
      readonly author?: string
      /** Absent if the forge reports none or not all of them. */
      readonly changedPaths?: readonly string[]
    })
  | (SomeRepository & {
      readonly kind: 'pull-request'
      readonly number: number
      readonly ref: string
      /** Absent: the newest commit of the ref. */
      readonly commit?: string
      /** Message of the commit, if the forge sends it. */
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
