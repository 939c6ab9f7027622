import type { Socket } from 'node:net'
import type { Duplex, Readable, Writable } from 'node:stream'
import type { SandboxError } from './errors.ts'
import type {
  AdvanceRequest,
  CgroupSpec,
  CopyRequest,
  CopyResult,
  DiffRequest,
  DiffResult,
  DigestRequest,
  DigestResult,
  DigestState,
  ExecRequest,
  Exited,
  FlattenRequest,
  FlattenResult,
  FollowBlobRequest,
  FollowBlobResult,
  IdMapping,
  ListFilesRequest,
  ListFilesResult,
  LockRequest,
  LockResult,
  Network,
  PackLayerRequest,
  PackLayerResult,
  ProbeResult,
  ReadFilesRequest,
  ReadFilesResult,
  ReceiveBytesRequest,
  ReceiveBytesResult,
  ReleaseRequest,
  RemoveRequest,
  RunInTreeRequest,
  RunRequest,
  ScanSecretsRequest,
  ScanSecretsResult,
  SuperviseRequest,
  UncompressResult,
  UnpackLayerRequest,
  UnpackLayerResult,
  WriteLayerRequest,
  WriteLayerResult,
} from './protocol.ts'

/** Runs commands isolated from the host. */
export interface Sandbox {
  /**
   * Resolves when the command has exited, whatever its exit code. Rejects with SandboxError if it could not be started,
   * and on abort, once all processes of the step are gone.
   */
  run(request: RunRequest, io: SandboxIo, signal?: AbortSignal): Promise<RunOutcome>
  /** As `run`, in a plain chroot. */
  runInTree(request: RunInTreeRequest, io: SandboxIo, signal?: AbortSignal): Promise<RunOutcome>
  /**
   * One private network for several commands: connecting it takes longer than starting a command. If no helper program
   * can connect one, it is the host's, with a warning.
   */
  openNetwork(request?: NetworkOptions): Promise<OpenedNetwork>
}

export interface NetworkOptions {
  /** The commands may reach the host's own services. */
  readonly reachesHost?: boolean
  /** IPv4 and IPv6 addresses that lead the commands to themselves only. */
  readonly hiddenAddresses?: readonly string[]
}

export interface OpenedNetwork {
  readonly network: Network
  /** resolv.conf for commands that use the network; absent: unchanged. */
  readonly resolvConf?: string
  /** Where the host can be reached; absent unless requested. */
  readonly hostGateway?: string
  readonly warning?: string
  /** Idempotent. Resolves once everything is removed; the network also ends with this process, however it exits. */
  close(): Promise<void>
}

/** Receives a command's output; reading of that stream pauses until a returned promise resolves. */
export type TakeOutput = (stream: 'stdout' | 'stderr', chunk: Buffer) => void | Promise<void>

export interface SandboxIo {
  /** Absent: /dev/null. `inherit` is for terminals. */
  readonly stdin?: 'inherit' | Uint8Array
  /** Chunks in order, separately for stdout and stderr. `inherit` passes the caller's own streams on. */
  readonly output: 'inherit' | TakeOutput
  readonly onStarted?: (pid: number) => void
  readonly onWarning?: (message: string) => void
}

export type RunOutcome = Exited

/** Operations on trees and layers, performed natively for speed and because of file owners. */
export interface TreeWork {
  digest(request: Pick<DigestRequest, 'items'>, signal?: AbortSignal): Promise<DigestResult>
  /** `lock` (shared) and then `digest`, by one process: starting another takes longer than either. */
  lockAndDigest(descriptor: number, request: Pick<DigestRequest, 'items'>, signal?: AbortSignal): Promise<DigestResult>
  writeLayer(request: WriteLayerRequest, signal?: AbortSignal): Promise<WriteLayerResult>
  /** `onProgress` receives, a few times a second, how many bytes of the archive were written to an `output`. */
  packLayer(
    request: PackLayerRequest,
    signal?: AbortSignal,
    onProgress?: (doneBytes: number) => void,
  ): Promise<PackLayerResult>
  unpackLayer(request: Omit<UnpackLayerRequest, 'growing'>, signal?: AbortSignal): Promise<UnpackLayerResult>
  /** Digests a file while the caller writes it. `onState` receives the state from which another process can resume. */
  followBlob(request: FollowBlobRequest, onState: (state: DigestState) => void): FileFollower<FollowBlobResult>
  /**
   * Writes a connection's data to a file: the caller has read only as much as it states, and reads no more.
   * `onProgress` receives the file's size.
   */
  receiveBytes(
    request: ReceiveBytesRequest,
    more: {
      readonly connection: Socket
      readonly onProgress: (sizeBytes: number) => void
      readonly signal?: AbortSignal | undefined
    },
  ): Promise<ReceiveBytesResult>
  /** Unpacks a blob while the caller writes it. */
  unpackGrowing(request: Omit<UnpackLayerRequest, 'growing'>): FileFollower<UnpackLayerResult>
  /** Uncompresses an archive; `sink` is not ended. */
  uncompress(streams: {
    readonly source: Readable
    readonly sink: Writable
    readonly signal?: AbortSignal | undefined
  }): Promise<UncompressResult>
  flatten(request: FlattenRequest, signal?: AbortSignal): Promise<FlattenResult>
  advance(request: AdvanceRequest, signal?: AbortSignal): Promise<void>
  listFiles(request: ListFilesRequest, signal?: AbortSignal): Promise<ListFilesResult>
  readFiles(request: ReadFilesRequest, signal?: AbortSignal): Promise<ReadFilesResult>
  scanSecrets(request: ScanSecretsRequest, signal?: AbortSignal): Promise<ScanSecretsResult>
  diff(request: DiffRequest, signal?: AbortSignal): Promise<DiffResult>
  remove(request: RemoveRequest): Promise<void>
  /** If the request has no host path, `source` provides the tar, or `sink` receives it and is not ended. */
  copy(
    request: CopyRequest,
    more: {
      readonly source?: Readable
      readonly sink?: Writable
      readonly signal?: AbortSignal | undefined
      /** Files that were omitted. */
      readonly onWarning?: ((message: string) => void) | undefined
    },
  ): Promise<CopyResult>
  /**
   * Locks an open descriptor of this process; closing the descriptor or exiting releases the lock. Aborting ends the
   * wait; close the descriptor then.
   */
  lock(
    descriptor: number,
    request: Omit<LockRequest, 'count'>,
    signal?: AbortSignal,
  ): Promise<{ readonly locked: boolean }>
  /** Tries each descriptor once, exclusively, by one process: which of them are locked now. */
  tryLocks(descriptors: readonly number[]): Promise<LockResult['locked']>
}

/** Work on a file that is being written. */
export interface FileFollower<Result> {
  /** Reports the current size of the file. */
  grow(sizeBytes: number): void
  /** The file is complete. */
  finish(): Promise<Result>
  /** Ends it early. Never rejects. */
  abandon(): Promise<void>
}

/** Starts commands that outlive the caller. */
export interface Supervisors {
  /** Why no container can be started; absent where they can. */
  readonly refusal?: SandboxError
  /**
   * Resolves when the command runs. Rejects with SandboxError if it could not be started; nothing is left running then.
   * The supervisor is in its own session and survives this process. On abort it exits itself.
   */
  start(
    request: SuperviseRequest,
    onWarning?: (message: string) => void,
    signal?: AbortSignal,
  ): Promise<StartedSupervisor>
  /** Resolves when the command has ended, whatever its exit code; on abort, after it was killed. */
  exec(request: Omit<ExecRequest, 'detached'>, io: SandboxIo, signal?: AbortSignal): Promise<RunOutcome>
  /** Resolves when the command runs, which continues without a client. */
  execDetached(request: Omit<ExecRequest, 'detached'>): Promise<void>
  /** Changes the limits of a running command. SANDBOX_CGROUP if the kernel refuses; absent limits are unchanged. */
  limit(cgroup: readonly string[], limits: CgroupSpec): Promise<void>
  /** Idempotent: kills what killed supervisors left running and removes these cgroup directories. */
  release(containers: ReleaseRequest['containers']): Promise<void>
}

export interface StartedSupervisor {
  /** Of the command's first process. */
  readonly pid: number
  /** The first client's connection, if `attached` was requested: PROTOCOL.md describes its messages. */
  readonly connection?: Duplex
}

/**
 * How commands are isolated: by namespaces; by namespaces without overlays, where the root is a copy of its layers; by
 * a chroot only, in containers that allow nothing else; `none`: no command can run.
 */
export type Isolation = 'namespaces' | 'copied-tree' | 'chroot' | 'none'

export interface Native {
  readonly sandbox: Sandbox
  readonly supervisors: Supervisors
  readonly trees: TreeWork
  readonly idMapping: IdMapping
  readonly isolation: Isolation
  /** Why `isolation` is `none`. */
  readonly refusal?: string
  /** `directory`: where overlays are tried. */
  probe(directory?: string): Promise<ProbeResult>
}
