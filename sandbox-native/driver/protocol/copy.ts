import type { Mount, Rootfs } from './root.ts'

/**
 * Copies files between the host and another root, by the rules of `docker cp`. Links of either side are followed within
 * it; a file that is in the way is replaced, a directory is not.
 */
export interface CopyRequest {
  readonly verb: 'copy'
  readonly root: /** As the process sees it, with all its mounts. */
    | { readonly kind: 'process'; readonly pid: number; readonly startTicks: number }
    /** Mounted for this work alone. */
    | { readonly kind: 'layers'; readonly rootfs: Rootfs; readonly mounts: readonly Mount[] }
  readonly direction: 'in' | 'out'
  /** Within the root. */
  readonly path: string
  /** Absolute. Absent: a tar, read from descriptor 0 or written to descriptor 1. */
  readonly hostPath?: string
  /** If the source is a link: what it points to. */
  readonly followLink?: boolean
  /** Whom files belong to that are copied in, in Docker's syntax; absent: ids stay. Copied out they are the caller's. */
  readonly owner?: string
  /** Directories of the root that seem to be empty. */
  readonly hidden?: readonly string[]
}

export interface CopyResult {
  /** As a tar. */
  readonly sizeBytes: number
}
