/** Locks descriptors from 5 on, which the caller keeps open: the locks are the caller's and die with it. */
export interface LockRequest {
  readonly verb: 'lock'
  /** How many descriptors. */
  readonly count: number
  readonly mode: 'shared' | 'exclusive'
  /** Report a descriptor as not locked instead of waiting. */
  readonly tryOnly: boolean
}

export interface LockResult {
  /** In the order of the descriptors. */
  readonly locked: readonly boolean[]
}
