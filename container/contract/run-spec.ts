import type { PullPolicy } from '../../images/index.ts'
import type { CgroupSpec } from '../../sandbox-native/driver/index.ts'
import type { MountPoint, PortMapping, RestartPolicy } from './record.ts'

/** Settings of `docker run`. Absent fields fall back to the image's configuration. */
export interface RunSpec {
  readonly image: string
  /** Arguments after the image: replaces the image's CMD. */
  readonly command?: readonly string[]
  /** Replaces the image's ENTRYPOINT and drops its CMD; `[]` clears it. */
  readonly entrypoint?: readonly string[]
  readonly name?: string
  /** `KEY=value`; `KEY` alone takes the caller's value, if it has one. */
  readonly env?: readonly string[]
  readonly workingDir?: string
  readonly user?: string
  readonly hostname?: string
  /** `none`, `host`, `private` (also `bridge`, `default`), `container:<ref>`. Default private. */
  readonly network?: string
  /** `name:address`; the address `host-gateway` means the host, whose loopback can then be reached. */
  readonly extraHosts?: readonly string[]
  readonly dns?: readonly string[]
  readonly dnsSearch?: readonly string[]
  readonly dnsOptions?: readonly string[]
  readonly ports?: readonly PortMapping[]
  /** A free host port for each port that the image exposes. */
  readonly publishAll?: boolean
  readonly expose?: readonly string[]
  readonly mounts?: readonly MountSpec[]
  readonly volumesFrom?: readonly string[]
  readonly terminal?: boolean
  /** Keep standard input open (`-i`). */
  readonly openStdin?: boolean
  readonly labels?: Readonly<Record<string, string>>
  /** Remove the container, with its anonymous volumes, when it ends. */
  readonly autoRemove?: boolean
  readonly readOnly?: boolean
  readonly shmSizeBytes?: number
  readonly init?: boolean
  readonly stopSignal?: string
  readonly stopTimeoutSeconds?: number
  readonly restart?: RestartPolicy
  /** Overrides the image's; `none`: no check. */
  readonly health?: HealthSpec | 'none'
  readonly limits?: ContainerLimits
  readonly rlimits?: readonly { readonly name: string; readonly soft: number; readonly hard: number }[]
  readonly addCapabilities?: readonly string[]
  readonly dropCapabilities?: readonly string[]
  readonly privileged?: boolean
  /** In addition to those of its user: names of the image, or numbers. */
  readonly groups?: readonly string[]
  /** Default private. `shareable` is one that others may join; `none` is private, without /dev/shm. */
  readonly ipc?: 'private' | 'shareable' | 'host' | 'none' | `container:${string}`
  /** PID namespace to join; default private. */
  readonly pid?: 'host' | `container:${string}`
  /** Default private: its own control group is the root that it sees. */
  readonly cgroupns?: 'private' | 'host'
  /** The host's UTS namespace: its host name, including later changes. */
  readonly uts?: 'host'
  /** Default `host`: IDs are the host's, for root as the caller. `auto`: a user namespace with its own IDs. */
  readonly userns?: 'host' | 'auto' | 'nomap'
  /** Settings of its network and IPC namespaces. */
  readonly sysctls?: Readonly<Record<string, string>>
  readonly devices?: readonly DeviceSpec[]
  /** Devices of CDI specifications: `vendor.com/class=name`. */
  readonly cdiDevices?: readonly string[]
  /** Devices that it may open by number, wherever their nodes are: `c 189:* rmw`. */
  readonly deviceRules?: readonly string[]
  /** From -1000 to 1000. */
  readonly oomScoreAdj?: number
  /** As docker's engine has them: after `seccomp=` the profile itself; `apparmor=unconfined` and `label=disable` are the default. */
  readonly securityOptions?: readonly string[]
  readonly log?: LogSpec
  readonly platform?: string
  readonly pull?: PullPolicy
}

/** A device of the host, or a directory of them. */
export interface DeviceSpec {
  readonly source: string
  readonly target: string
  /** Letters of `rwm`: read, write, mknod. Default all. */
  readonly access?: string
}

/** Zero is not a limit. */
export interface ContainerLimits extends Omit<CgroupSpec, 'name' | 'parent' | 'devicesOnly'> {
  /** Processor time in each period, microseconds; -1 is without a limit. Or `cpus`. */
  readonly cpuQuotaUs?: number
}

/** Absent and zero settings stay unchanged. */
export interface UpdateRequest {
  readonly limits?: ContainerLimits
  readonly restart?: RestartPolicy
}

export interface LogSpec {
  /** `json-file` (default) grows without end unless requested otherwise, `local` has limits, `none` keeps nothing. */
  readonly driver?: 'json-file' | 'local' | 'none'
  /** A larger log is continued in the next file. */
  readonly maxSizeBytes?: number
  /** The oldest file is removed. */
  readonly maxFiles?: number
}

/** Absent and 0: the image's value, else docker's defaults (30 s, 30 s, 0, 5 s, 3). */
export interface HealthSpec {
  /** Run by the image's shell; its exit code 0 means healthy. */
  readonly command?: string
  readonly intervalMs?: number
  readonly timeoutMs?: number
  /** Failures so soon after the start do not count, until a check has succeeded. */
  readonly startPeriodMs?: number
  /** Replaces the interval during the start period. */
  readonly startIntervalMs?: number
  /** Failures in a row that make the container unhealthy. */
  readonly retries?: number
}

export type MountSpec = (
  | {
      readonly kind: 'bind'
      readonly source: string
      readonly target: string
      readonly readOnly?: boolean
      /** `-v` makes a missing source a directory, `--mount` refuses it. */
      readonly createSource?: boolean
      /** Not what is mounted below the source. */
      readonly nonRecursive?: boolean
      readonly propagation?: MountPoint['propagation']
    }
  | {
      readonly kind: 'volume'
      /** Absent: an anonymous volume. */
      readonly name?: string
      readonly target: string
      readonly readOnly?: boolean
      /** Do not fill a fresh volume with the image's content. */
      readonly noCopy?: boolean
      /** Of the volume, where it has to be made. */
      readonly labels?: Readonly<Record<string, string>>
      /** As `VolumeRequest` has them. */
      readonly options?: Readonly<Record<string, string>>
    }
  | ({ readonly kind: 'tmpfs'; readonly target: string; readonly readOnly?: boolean } & TmpfsSettings)
) & {
  /** Given with `--mount`: `inspect` shows it in `HostConfig.Mounts`, and those of `-v` in `Binds`. */
  readonly isLong?: true
}

export interface TmpfsSettings {
  readonly sizeBytes?: number
  readonly mode?: number
  /** As `--tmpfs` takes them, such as `size=64m,exec`. With it the tmpfs is not among the `mounts` that are shown. */
  readonly options?: string
}
