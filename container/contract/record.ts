import type { Digest } from '../../image-spec/index.ts'

/** A container as read from its files and from /proc: true at the moment of reading. */
export interface ContainerRecord {
  /** 64 hex digits. */
  readonly id: string
  readonly name: string
  /** As the user wrote it. */
  readonly image: string
  readonly imageId: Digest
  /** ENTRYPOINT and CMD as they run. */
  readonly argv: readonly string[]
  /** RFC 3339. */
  readonly createdAt: string
  readonly state: ContainerState
  /** Host ports are those really bound while it runs. */
  readonly ports: readonly PortMapping[]
  /** Such as `80/tcp`; published ones are among them. */
  readonly exposedPorts: readonly string[]
  readonly mounts: readonly MountPoint[]
  readonly labels: Readonly<Record<string, string>>
  /** `none`, `host`, `private`, `container:<id>`. */
  readonly network: string
  readonly terminal: boolean
  readonly autoRemove: boolean
  readonly restart: RestartPolicy
  /** Directory of its files. */
  readonly directory: string
  /** On request only: the writable layer, and the whole root filesystem. */
  readonly sizes?: { readonly writableBytes: number; readonly rootfsBytes: number }
}

/** Times are RFC 3339. A container whose supervisor died is `exited` with code 137. */
export interface ContainerState {
  readonly status: 'created' | 'running' | 'paused' | 'restarting' | 'exited' | 'dead'
  /** Of the first process, as the host sees it; 0 unless running. */
  readonly pid: number
  readonly supervisorPid: number
  readonly exitCode: number
  readonly oomKilled: boolean
  /** Why it could not be started. */
  readonly error: string
  readonly startedAt?: string
  readonly finishedAt?: string
  readonly restartCount: number
  readonly health?: ContainerHealth
}

export interface ContainerHealth {
  readonly status: 'starting' | 'healthy' | 'unhealthy'
  readonly failingStreak: number
  readonly log: readonly {
    readonly start: string
    readonly end: string
    readonly exitCode: number
    readonly output: string
  }[]
}

export interface PortMapping {
  readonly protocol: 'tcp' | 'udp'
  readonly containerPort: number
  /** 0: any free one. */
  readonly hostPort: number
  /** Asked for: the first that is free from `hostPort` up to this one. */
  readonly lastHostPort?: number
  /** Absent: every address, IPv4 and IPv6. */
  readonly hostIp?: string
}

export interface MountPoint {
  readonly kind: 'bind' | 'volume' | 'tmpfs'
  /** Volumes only. */
  readonly name?: string
  /** On the host; empty for tmpfs. */
  readonly source: string
  readonly target: string
  readonly readOnly: boolean
  /** Of a bind: not what is mounted below the source. */
  readonly nonRecursive?: boolean
  /** A volume that is held in memory while its container runs. */
  readonly memory?: MemoryMount
  readonly propagation?: 'private' | 'rprivate' | 'shared' | 'rshared' | 'slave' | 'rslave'
  /** Made for this container alone: removed with it where volumes are. */
  readonly isAnonymous: boolean
}

export interface MemoryMount {
  readonly sizeBytes?: number
  readonly mode?: number
  readonly uid?: number
  readonly gid?: number
}

export interface Volume {
  readonly name: string
  /** `…/volumes/<name>/_data`. */
  readonly mountpoint: string
  readonly createdAt: string
  readonly labels: Readonly<Record<string, string>>
  /** Docker's options of the driver `local`: `type`, `device`, `o`. */
  readonly options?: Readonly<Record<string, string>>
  readonly isAnonymous: boolean
}

/**
 * One reading of the container's cgroup. Usage grows from its start: rates are between two readings. What no group counts
 * is undefined.
 */
export interface ContainerStats {
  readonly id: string
  readonly name: string
  readonly readAtMs: number
  readonly cpuUsageNs: number | undefined
  readonly onlineCpus: number
  readonly memoryBytes: number | undefined
  /** The machine's memory where the container has no limit. */
  readonly memoryLimitBytes: number
  readonly networkReceivedBytes: number
  readonly networkSentBytes: number
  readonly blockReadBytes: number | undefined
  readonly blockWrittenBytes: number | undefined
  readonly pids: number | undefined
}

export interface RestartPolicy {
  readonly name: 'no' | 'always' | 'unless-stopped' | 'on-failure'
  /** `on-failure` only; absent: without end. */
  readonly maximumRetries?: number
}
