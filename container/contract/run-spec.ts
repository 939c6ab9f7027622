import type { Platform } from '../../image-spec/index.ts'
import type { PullPolicy } from '../../images/index.ts'
import type { DeviceMapping, ExtraHost } from '../../notation/index.ts'
import type { Limits, Rlimit } from '../../sandbox-native/driver/index.ts'
import type { MountPoint, PortMapping, RestartPolicy } from './record.ts'

/** Settings of `docker run`. Absent fields default to the image's configuration. */
export interface RunSpec {
  readonly image: string
  /** Arguments after the image; replaces the image's CMD. */
  readonly command?: readonly string[]
  /** Replaces the image's ENTRYPOINT and drops its CMD; `[]` clears it. */
  readonly entrypoint?: readonly string[]
  readonly name?: string
  /** `KEY=value`; `KEY` alone passes the caller's value on, if set. */
  readonly env?: readonly string[]
  readonly workingDir?: string
  readonly user?: string
  readonly hostname?: string
  /** The NIS domain name; /etc/hosts also names the container with it. */
  readonly domainname?: string
  /** `none`, `host`, `private` (also `bridge`, `default`), `container:<ref>`. Default private. */
  readonly network?: string
  /** The address `host-gateway` means the host, and allows access to its loopback. */
  readonly extraHosts?: readonly ExtraHost[]
  readonly dns?: readonly string[]
  readonly dnsSearch?: readonly string[]
  readonly dnsOptions?: readonly string[]
  readonly ports?: readonly PortMapping[]
  /** Publish each exposed port of the image to a free host port. */
  readonly publishAll?: boolean
  readonly expose?: readonly string[]
  readonly mounts?: readonly MountSpec[]
  readonly volumesFrom?: readonly string[]
  readonly terminal?: boolean
  /** Keep standard input open (`-i`). */
  readonly openStdin?: boolean
  /** Started in the background: its open standard input does not end with that of a client that was attached. */
  readonly detached?: boolean
  readonly labels?: Readonly<Record<string, string>>
  /** Remove the container and its anonymous volumes when it exits. */
  readonly autoRemove?: boolean
  /** As given; the caller writes the file. */
  readonly cidFile?: string
  readonly readOnly?: boolean
  readonly shmSizeBytes?: number
  readonly init?: boolean
  readonly stopSignal?: string
  readonly stopTimeoutSeconds?: number
  readonly restart?: RestartPolicy
  /** Overrides the image's healthcheck; `none` disables it. */
  readonly health?: HealthSpec | 'none'
  /** Zero means no limit, as does a quota of -1. */
  readonly limits?: Limits
  readonly rlimits?: readonly Rlimit[]
  readonly addCapabilities?: readonly string[]
  readonly dropCapabilities?: readonly string[]
  readonly privileged?: boolean
  /** In addition to the user's groups: names from the image, or numbers. */
  readonly groups?: readonly string[]
  /** Default private. `shareable` allows others to join; `none` is private, without /dev/shm. */
  readonly ipc?: 'private' | 'shareable' | 'host' | 'none' | `container:${string}`
  /** PID namespace to join; default private. */
  readonly pid?: 'host' | `container:${string}`
  /** Default private: the container sees its own cgroup as the root. */
  readonly cgroupns?: 'private' | 'host'
  /** Use the host's UTS namespace: its hostname, including later changes. */
  readonly uts?: 'host'
  /** Default `host`: IDs are those of the host, with the caller as root. `auto`: a user namespace with its own IDs. */
  readonly userns?: 'host' | 'auto' | 'nomap'
  /** Settings of the container's network and IPC namespaces. */
  readonly sysctls?: Readonly<Record<string, string>>
  readonly devices?: readonly DeviceMapping[]
  /** CDI devices: `vendor.com/class=name`. */
  readonly cdiDevices?: readonly string[]
  /** Devices it may open by number, wherever their nodes are: `c 189:* rmw`. */
  readonly deviceRules?: readonly string[]
  /** From -1000 to 1000. */
  readonly oomScoreAdj?: number
  /**
   * As docker's engine receives them: `seccomp=` is followed by the profile itself; `apparmor=unconfined` and
   * `label=disable` are the default.
   */
  readonly securityOptions?: readonly string[]
  readonly log?: LogSpec
  readonly platform?: Platform
  readonly pull?: PullPolicy
}

/** Absent and zero settings are left unchanged. */
export interface UpdateRequest {
  readonly limits?: Limits
  readonly restart?: RestartPolicy
}

export interface LogSpec {
  /** `json-file` (default) is unlimited unless requested otherwise, `local` is limited, `none` keeps nothing. */
  readonly driver?: 'json-file' | 'local' | 'none'
  /** Size at which the log is rotated. */
  readonly maxSizeBytes?: number
  /** Above this number, the oldest file is removed. */
  readonly maxFiles?: number
}

/** Absent or 0: the image's value, else docker's defaults (30 s, 30 s, 0, 5 s, 3). */
export interface HealthSpec {
  /** Run by the image's shell; exit code 0 means healthy. */
  readonly command?: string
  readonly intervalMs?: number
  readonly timeoutMs?: number
  /** Failures within this time after the start do not count, until a check has succeeded. */
  readonly startPeriodMs?: number
  /** Replaces the interval during the start period. */
  readonly startIntervalMs?: number
  /** Consecutive failures after which the container is unhealthy. */
  readonly retries?: number
}

export type MountSpec = (
  | {
      readonly kind: 'bind'
      readonly source: string
      readonly target: string
      readonly readOnly?: boolean
      /** `-v` creates a missing source directory, `--mount` refuses it. */
      readonly createSource?: boolean
      /** Do not bind mounts below the source. */
      readonly nonRecursive?: boolean
      readonly propagation?: MountPoint['propagation']
    }
  | {
      readonly kind: 'volume'
      /** Absent for an anonymous volume. */
      readonly name?: string
      readonly target: string
      readonly readOnly?: boolean
      /** Do not fill a fresh volume with the image's content. */
      readonly noCopy?: boolean
      /** Labels of the volume if it is created. */
      readonly labels?: Readonly<Record<string, string>>
      /** Like those of `VolumeRequest`. */
      readonly options?: Readonly<Record<string, string>>
    }
  | ({ readonly kind: 'tmpfs'; readonly target: string; readonly readOnly?: boolean } & TmpfsSettings)
) & {
  /** Given with `--mount`: `inspect` shows it in `HostConfig.Mounts` instead of `Binds`. */
  readonly isLong?: true
}

export interface TmpfsSettings {
  readonly sizeBytes?: number
  readonly mode?: number
  /** Options of `--tmpfs`, such as `size=64m,exec`. If set, the tmpfs is not listed in `mounts`. */
  readonly options?: string
}
