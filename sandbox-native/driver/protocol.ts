import type { LimitRequest, ReleaseRequest } from './protocol/cgroup.ts'
import type { AdvanceRequest, FlattenRequest, PackLayerRequest, UnpackLayerRequest } from './protocol/convert-layer.ts'
import type { CopyRequest } from './protocol/copy.ts'
import type { DigestRequest } from './protocol/digest.ts'
import type { ExecRequest } from './protocol/exec.ts'
import type { FollowBlobRequest } from './protocol/follow-blob.ts'
import type { LockRequest } from './protocol/lock.ts'
import type { NetworkRequest } from './protocol/network.ts'
import type { ProbeRequest } from './protocol/probe.ts'
import type { ReadFilesRequest } from './protocol/read-files.ts'
import type { RunInTreeRequest, RunRequest } from './protocol/run.ts'
import type { ScanSecretsRequest } from './protocol/scan-secrets.ts'
import type { SuperviseRequest } from './protocol/supervise.ts'
import type { DiffRequest, RemoveRequest } from './protocol/tree.ts'
import type { WriteLayerRequest } from './protocol/write-layer.ts'

export type * from './protocol/cgroup.ts'
export type * from './protocol/convert-layer.ts'
export type * from './protocol/copy.ts'
export type * from './protocol/digest.ts'
export type * from './protocol/exec.ts'
export type * from './protocol/follow-blob.ts'
export type * from './protocol/lock.ts'
export type * from './protocol/network.ts'
export type * from './protocol/probe.ts'
export type * from './protocol/read-files.ts'
export type * from './protocol/root.ts'
export type * from './protocol/run.ts'
export type * from './protocol/scan-secrets.ts'
export type * from './protocol/sources.ts'
export type * from './protocol/status.ts'
export type * from './protocol/supervise.ts'
export type * from './protocol/tree.ts'
export type * from './protocol/write-layer.ts'

/**
 * What the driver and the native binary say to each other. One process serves one request: the request is one JSON
 * document on descriptor 3, status comes back as JSON lines on descriptor 4, and descriptors 0, 1 and 2 belong to the
 * command (or, for tree work, to nobody). sandbox-native/PROTOCOL.md explains the same in words;
 * crates/program/src/request.rs is the other side.
 */
export const PROTOCOL_VERSION = 3_341_281_447

/** How user and group ids inside relate to those of the host. */
export type IdMapping =
  /** Ids are the host's: the caller is root. */
  | { readonly kind: 'host' }
  /** Own id becomes 0, the subordinate ranges follow from 1, by newuidmap and newgidmap. */
  | { readonly kind: 'subordinate'; readonly uidRanges: readonly IdRange[]; readonly gidRanges: readonly IdRange[] }
  /** Only the caller's own id, as 0. */
  | { readonly kind: 'single' }

export interface IdRange {
  readonly start: number
  readonly count: number
}

export type Request =
  | RunRequest
  | RunInTreeRequest
  | NetworkRequest
  | SuperviseRequest
  | ReleaseRequest
  | ExecRequest
  | CopyRequest
  | LimitRequest
  | DigestRequest
  | WriteLayerRequest
  | PackLayerRequest
  | UnpackLayerRequest
  | FollowBlobRequest
  | FlattenRequest
  | AdvanceRequest
  | ReadFilesRequest
  | ScanSecretsRequest
  | RemoveRequest
  | DiffRequest
  | LockRequest
  | ProbeRequest

export interface Envelope {
  readonly version: typeof PROTOCOL_VERSION
  readonly idMapping: IdMapping
  readonly request: Request
}
