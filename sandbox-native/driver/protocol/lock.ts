/** Locks descriptor 5, which the caller keeps open: the lock is the caller's and dies with it. */
export interface LockRequest {
  readonly verb: 'lock'
  readonly mode: 'shared' | 'exclusive'
  /** Answer `{ locked: false }` instead of waiting. */
  readonly tryOnly: boolean
}

export interface LockResult {
  readonly locked: boolean
}
