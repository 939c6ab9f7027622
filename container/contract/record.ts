import type { Digest } from '../../image-spec/index.ts'

/** A container as read from its files and /proc, accurate when read. */
export interface ContainerRecord {
  /** 64 hex digits. */
  readonly id: string
  readonly name: string
  /** As the user wrote it. */
  readonly image: string
  readonly imageId: Digest
  /** The resulting ENTRYPOINT and CMD. */
  readonly argv: readonly string[]
  /** RFC 3339. */
  readonly createdAt: string
  readonly state: ContainerState
  /** While it runs, host ports are those actually bound. */
  readonly ports: readonly PortMapping[]
  /** Such as `80/tcp`, published ones included. None unless it runs and has a private network, as in docker. */
  readonly exposedPorts: readonly string[]
  readonly mounts: readonly MountPoint[]
  readonly labels: Readonly<Record<string, string>>
  /** `none`, `host`, `private`, `container:<id>`. */
  readonly network: string
  readonly terminal: boolean
  readonly autoRemove: boolean
  readonly restart: RestartPolicy
  /** Directory with the container's files. */
  readonly directory: string
  /** Only on request: size of the writable layer and of the whole root filesystem. */
  readonly sizes?: { readonly writableBytes: number; readonly rootfsBytes: number }
}

/** Times are RFC 3339. A container whose supervisor was killed is `exited` with code 137. */
export interface ContainerState {
  readonly status: 'created' | 'running' | 'paused' | 'restarting' | 'exited' | 'dead'
  /** Host PID of the first process; 0 unless running. */
  readonly pid: number
  readonly supervisorPid: number
  readonly exitCode: number
  readonly oomKilled: boolean
  /** Why it failed to start. */
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
  /** 0: any free port. */
  readonly hostPort: number
  /** End of the requested range: the first free port from `hostPort` is used. */
  readonly lastHostPort?: number
  /** Default: all addresses, IPv4 and IPv6. */
  readonly hostIp?: string
}

export interface MountPoint {
  readonly kind: 'bind' | 'volume' | 'tmpfs'
  /** Volumes only. */
  readonly name?: string
  /** Host path; empty for tmpfs. */
  readonly source: string
  readonly target: string
  readonly readOnly: boolean
  /** Do not bind mounts below the source. */
  readonly nonRecursive?: boolean
  /** A volume kept in memory while its container runs. */
  readonly memory?: MemoryMount
  readonly propagation?: 'private' | 'rprivate' | 'shared' | 'rshared' | 'slave' | 'rslave'
  /** Created for this container only; removed with it if volumes are removed. */
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
 * One sample of the container's cgroup. Counters start at zero: rates need two samples. Values that no controller
 * provides are undefined.
 */
export interface ContainerStats {
  readonly id: string
  readonly name: string
  /** Of a clock that is never set. */
  readonly readAtMs: number
  readonly cpuUsageNs: number | undefined
  readonly onlineCpus: number
  readonly memoryBytes: number | undefined
  /** The machine's memory if the container has no limit. */
  readonly memoryLimitBytes: number
  readonly networkReceivedBytes: number
  readonly networkSentBytes: number
  readonly blockReadBytes: number | undefined
  readonly blockWrittenBytes: number | undefined
  readonly pids: number | undefined
}

export interface RestartPolicy {
  readonly name: 'no' | 'always' | 'unless-stopped' | 'on-failure'
  /** For `on-failure` only; default unlimited. */
  readonly maximumRetries?: number
}
