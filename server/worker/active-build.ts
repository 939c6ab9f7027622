import type { ClaimedJob } from '../queue/build-queue.ts'

/** A build that this worker is running. */
export interface ActiveBuild {
  readonly controller: AbortController
  readonly lease: Lease
  readonly attempt: number
  readonly done: Promise<void>
}

/** Replaced when the same worker takes the build's job again. */
export interface Lease {
  job: ClaimedJob
}
