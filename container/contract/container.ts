import type { Readable, Writable } from 'node:stream'
import type { Digest, Platform } from '../../image-spec/index.ts'
import type { LayerId } from '../../layer-store/index.ts'
import type { LabelFilters } from '../../notation/index.ts'
import type { CopyResult, RunOutcome, SandboxIo } from '../../sandbox-native/driver/index.ts'
import type { ContainerInspection } from './inspection.ts'
import type { ContainerRecord, ContainerStats, Volume } from './record.ts'
import type { RunSpec, UpdateRequest } from './run-spec.ts'

/**
 * Containers of one store. Every `ref` is a name, a full ID or an unambiguous prefix of one; CONTAINER_MISSING if there
 * is none. State is read from files and from /proc: no call depends on another running process.
 */
export interface Containers {
  /** Creates the container without starting it. The image must be in the store, unless `pull` allows fetching it. */
  create(spec: RunSpec): Promise<ContainerRecord>
  /**
   * Resolves when the command runs (or has run already). With `io` the session sees every byte from the first one; a
   * container that is running already is attached to. CONTAINER_START_FAILED carries the `exitCode` for the shell (125,
   * 126, 127). On abort the start is cancelled.
   */
  start(ref: string, io?: SessionIo, signal?: AbortSignal): Promise<Session | undefined>
  /** `create` and `start`. A container that fails to start is kept, unless `autoRemove` is set. */
  run(spec: RunSpec, io?: SessionIo, signal?: AbortSignal): Promise<RunningContainer>
  /** Connects to the standard streams of a running container; earlier output is not included. */
  attach(ref: string, io: SessionIo): Promise<Session>

  /** Runs another command in the container; resolves with its outcome. */
  exec(ref: string, spec: ExecSpec, io: ExecIo): Promise<RunOutcome>
  /** Resolves once the command runs; it continues without a client. */
  execDetached(ref: string, spec: ExecSpec): Promise<void>

  /** Newest first; only running containers, unless `all`. */
  list(request?: ListRequest): Promise<readonly ContainerRecord[]>
  get(ref: string): Promise<ContainerRecord>
  /** The document of `docker inspect`. */
  inspect(ref: string): Promise<ContainerInspection>
  /** Log lines in order. With `follow`, until the container has exited and all output is read. CONTAINER_NO_LOG. */
  logs(ref: string, request?: LogsRequest): AsyncIterable<LogLine>
  /**
   * Processes of a running container, as `ps -ef` shows them. With options for `ps` (such as `-o pid,args`), the output
   * of the host's `ps`, which must include the column PID.
   */
  top(ref: string, psOptions?: readonly string[]): Promise<ProcessTable>
  stats(ref: string): Promise<ContainerStats>
  /** Paths that differ from the image: A added, C changed, D deleted. */
  diff(ref: string, signal?: AbortSignal): Promise<readonly PathChange[]>
  /** Resolves with the exit code once the container has exited, immediately if it has already. */
  wait(ref: string, signal?: AbortSignal): Promise<number>
  /**
   * Sends the stop signal, then SIGKILL after the timeout. Resolves once the container has exited. Aborting ends the
   * wait, not the stop.
   */
  stop(ref: string, request?: StopRequest, signal?: AbortSignal): Promise<void>
  /** Sends the signal (`KILL`, `SIGTERM`, `9`; default KILL) to the container's first process. */
  kill(ref: string, signal?: string): Promise<void>
  restart(ref: string, request?: StopRequest, signal?: AbortSignal): Promise<void>
  pause(ref: string): Promise<void>
  unpause(ref: string): Promise<void>
  rename(ref: string, name: string): Promise<void>
  /** Changes limits and the restart policy, immediately if the container runs. SANDBOX_CGROUP if the kernel refuses. */
  update(ref: string, request: UpdateRequest): Promise<void>
  /**
   * Removes the container with its processes, mounts, cgroups and files. CONTAINER_RUNNING if it is running, unless
   * `force`.
   */
  remove(ref: string, options?: { readonly force?: boolean; readonly volumes?: boolean }): Promise<void>
  /** Removes containers that are not running. */
  prune(
    request?: PruneContainersRequest,
  ): Promise<{ readonly deleted: readonly string[]; readonly reclaimedBytes: number }>
  /** Cleans up processes and cgroups of supervisors that were killed. `list` does so too. */
  recover(): Promise<void>

  /** Packs the container's changes as a new layer on top of its image; returns the ID of the new image. */
  commit(ref: string, request: CommitRequest, signal?: AbortSignal): Promise<Digest>
  /** Writes the whole filesystem, without mounts, as one tar. */
  export(ref: string, output: Writable, signal?: AbortSignal): Promise<void>
  /**
   * Copies a file or directory out by the rules of `docker cp`, whether the container is running or not. Links never
   * lead outside the container. TREE_MISSING for a missing source, TREE_DESTINATION for an impossible destination.
   */
  copyFrom(ref: string, request: CopyFromRequest): Promise<CopyResult>
  /** Copies a file or directory in, by the same rules. */
  copyTo(ref: string, request: CopyToRequest): Promise<CopyResult>
  readonly volumes: Volumes
  /** Images and layers used by containers, which garbage collection keeps. */
  pins(): Promise<{ readonly images: readonly Digest[]; readonly layers: readonly LayerId[] }>
}

export interface RunningContainer {
  readonly container: ContainerRecord
  /** Present if `io` was given. */
  readonly session?: Session
}

export interface ExecIo extends SandboxIo {
  /** Aborting ends the command. */
  readonly signal?: AbortSignal | undefined
}

export interface ExecSpec {
  readonly argv: readonly string[]
  /** In addition to the container's environment. */
  readonly env?: readonly string[]
  readonly workingDir?: string
  readonly user?: string
  /** With `inherit` on both sides: puts the caller's terminal in raw mode and follows its size. */
  readonly terminal?: boolean
  /** Docker's syntax; default `ctrl-p,ctrl-q`. Detaches a terminal from the command, which continues. */
  readonly detachKeys?: string
  readonly privileged?: boolean
}

/**
 * The caller's standard streams. If both sides are terminals, the caller's is put in raw mode and its size followed.
 */
export interface SessionIo {
  /** Absent: the container's stdin, if open, is at end of file immediately. */
  readonly stdin?: Readable
  /** The session ends with stdin: nothing else is attached. The container keeps running. */
  readonly endsWithStdin?: boolean
  readonly stdout: Writable
  readonly stderr: Writable
  /** Forward signals that this process receives to the container. */
  readonly proxySignals?: boolean
  /** Docker's syntax; default `ctrl-p,ctrl-q`. Only with a terminal. */
  readonly detachKeys?: string
}

export interface Session {
  /** Never rejects because of the command; resolves once the streams are flushed. */
  readonly ended: Promise<SessionEnd>
  resize(columns: number, rows: number): void
  signal(name: string): void
  /** Leaves the container running. */
  detach(): void
}

export type SessionEnd = { readonly kind: 'exited'; readonly exitCode: number } | { readonly kind: 'detached' }

export interface ListRequest {
  readonly all?: boolean
  /** The latest n containers in any state. */
  readonly last?: number
  /** Docker's filters: id, name, label, status, ancestor, exited, volume, network, publish, before, since, health. */
  readonly filters?: Readonly<Record<string, readonly string[]>>
  /** Compute `sizes`. */
  readonly size?: boolean
}

export interface LogsRequest {
  readonly follow?: boolean
  /** Number of lines from the end; default all. */
  readonly tail?: number
  readonly sinceMs?: number
  readonly untilMs?: number
  readonly signal?: AbortSignal
}

export interface LogLine {
  readonly stream: 'stdout' | 'stderr'
  /** RFC 3339 with nanoseconds. */
  readonly time: string
  /** Includes the line ending, unless the output ended without one. */
  readonly text: string
}

export interface ProcessTable {
  readonly titles: readonly string[]
  readonly processes: readonly (readonly string[])[]
}

export interface PathChange {
  readonly kind: 'A' | 'C' | 'D'
  readonly path: string
}

export interface StopRequest {
  /** Time before SIGKILL; a negative value waits indefinitely. Default: the container's. */
  readonly timeoutSeconds?: number | undefined
  /** `SIGINT`, `INT` or `2`. Default: the container's. */
  readonly stopSignal?: string | undefined
}

export interface PruneContainersRequest extends LabelFilters {
  readonly endedBeforeMs?: number
}

export interface CommitRequest {
  /** Full or short reference to tag the image with. */
  readonly reference?: string
  readonly message?: string
  readonly author?: string
  /** Dockerfile instructions: CMD ENTRYPOINT ENV EXPOSE HEALTHCHECK LABEL ONBUILD STOPSIGNAL USER VOLUME WORKDIR. */
  readonly changes?: readonly string[]
  /** Freeze the container during the commit, if the machine can; default true. */
  readonly pause?: boolean
}

export interface CopyFromRequest {
  /** Path in the container, from its root. A trailing `/.` means the contents of the directory. */
  readonly path: string
  /** Absolute path on the host, or a stream for a tar. Files on the host belong to the caller. */
  readonly to: string | Writable
  /** If the path is a symbolic link, copy its target. */
  readonly followLink?: boolean
  readonly signal?: AbortSignal
}

export interface CopyToRequest {
  /** Absolute path on the host (trailing `/.` as above), or a tar, compressed or not. */
  readonly from: string | Readable
  /** Path in the container, from its root. */
  readonly path: string
  readonly followLink?: boolean
  /** Files are owned by the container's user, if it has one; otherwise they keep their IDs. */
  readonly archive?: boolean
  readonly signal?: AbortSignal
}

/** Named directories that outlive containers, at `<root>/volumes/<name>/_data`. */
export interface Volumes {
  /** Idempotent: an existing volume is returned unchanged. Default name: 64 hex digits. */
  create(request?: VolumeRequest): Promise<Volume>
  list(): Promise<readonly Volume[]>
  /** VOLUME_MISSING if it does not exist. */
  get(name: string): Promise<Volume>
  /** VOLUME_IN_USE if a container uses it, running or not; with `force` a missing volume is not an error. */
  remove(name: string, options?: { readonly force?: boolean }): Promise<void>
  /** Removes volumes that no container uses; named ones only with `all`. */
  prune(
    request?: PruneVolumesRequest,
  ): Promise<{ readonly deleted: readonly string[]; readonly reclaimedBytes: number }>
}

export interface VolumeRequest {
  readonly name?: string
  readonly labels?: Readonly<Record<string, string>>
  /**
   * Docker's options for the driver `local`: `type=none`, `o=bind` and `device=/directory` mount a host directory;
   * `type=tmpfs` and `device=tmpfs` mount a tmpfs for one container at a time, with `o` such as
   * `size=64m,mode=1777,uid=1000`.
   */
  readonly options?: Readonly<Record<string, string>>
}

export interface PruneVolumesRequest extends LabelFilters {
  readonly all?: boolean
}

/** Provided by the CLI. */
export interface ContainersOptions {
  /** Fetches an image into the store, after `docker run`'s "Unable to find image locally". */
  readonly pull?: (reference: string, platform?: Platform) => Promise<void>
  /** Used for `-e KEY` and for proxies. Default: process.env. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly onWarning?: (message: string) => void
}
