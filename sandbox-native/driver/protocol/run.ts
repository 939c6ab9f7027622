import type { CgroupSpec } from './cgroup.ts'
import type { Network } from './network.ts'
import type { Mount, Rootfs } from './root.ts'

/** Runs one command in a fresh sandbox and waits for it. Statuses: started, then exited or failed. */
export interface RunRequest {
  readonly verb: 'run'
  readonly rootfs: Rootfs
  readonly mounts: readonly Mount[]
  readonly process: ProcessSpec
  readonly hostname: string
  readonly network: Network
  readonly cgroup?: CgroupSpec
  /**
   * Added to the container's /etc/hosts, as `[address, name]`. The address `host-gateway` stands for the host: a private
   * network then reaches its loopback at that address. Names are left out where the network does not reach it.
   */
  readonly extraHosts?: readonly (readonly [string, string])[]
  /** What `host-gateway` stands for in a joined network. */
  readonly hostGateway?: string
  /** Nameservers and options for /etc/resolv.conf; absent: the host's, cleaned of loopback resolvers unless network is host. */
  readonly resolvConf?: string
  /** Takes the place of what that file says of it; the search domain `.` is none. */
  readonly resolver?: {
    readonly nameservers: readonly string[]
    readonly search: readonly string[]
    readonly options: readonly string[]
  }
  /** Default: Docker's masked and read-only paths, default capabilities and seccomp profile. `insecure` drops all of these. */
  readonly security?: 'default' | 'insecure'
  /** Mount points that had to be made stay: the root is used again. */
  readonly keepMountPoints?: boolean
  /**
   * Directory whose files hosts, hostname and resolv.conf are mounted on those of /etc, writable; made anew unless
   * `write` is false. Absent: they are held in memory.
   */
  readonly hostFiles?: { readonly directory: string; readonly write: boolean }
  /** A small init as pid 1 that reaps and hands signals on. Default true; else, and with `pid`, it is the command itself. */
  readonly init?: boolean
  /** Of /dev/shm; default 64 MiB. */
  readonly shmSizeBytes?: number
  /** Default private; `none` is private without a /dev/shm; a joined one comes with its /dev/shm. */
  readonly ipc?: 'private' | 'host' | 'none' | { readonly join: JoinedProcess }
  /**
   * Whose processes it is among; default private. Else it must be given a `cgroup`, by which all that it has started is
   * ended with its first process: SANDBOX_CGROUP where there is none that can do that.
   */
  readonly pid?: 'private' | 'host' | { readonly join: JoinedProcess }
  /** Default private: its own group is the first that it sees. */
  readonly cgroupns?: 'private' | 'host'
  /** Default private; with `host` the host name is not set. */
  readonly uts?: 'private' | 'host'
  /** Settings as `[name, value]` of network and IPC namespaces; refused where the namespace is not the command's own. */
  readonly sysctls?: readonly (readonly [string, string])[]
  /** Nodes of the host, where they are to be, and by letters `rwm` how they may be used (default all). */
  readonly devices?: readonly { readonly source: string; readonly target: string; readonly access?: string }[]
  /**
   * Further devices that may be opened, such as `c 10:229 rwm`. Without a control group of devices these are refused
   * (SANDBOX_CGROUP), as is a device that is not to be both read and written.
   */
  readonly deviceRules?: readonly string[]
  /** The host's console may be opened, as docker's containers may. */
  readonly allowsConsole?: boolean
  /** No masked and no read-only paths. */
  readonly unmaskedPaths?: boolean
  /**
   * With the IDs of the host only: the command gets a user namespace in which these IDs are 0 and those that follow. Layers
   * and binds are mounted with their IDs mapped, so that files keep the owners that they have on disk.
   */
  readonly users?: UserRange
}

export interface UserRange {
  readonly uid: number
  readonly gid: number
  readonly count: number
}

/**
 * Runs one command in a plain chroot, for containers that allow neither namespaces nor mounts. What it changes is found by
 * comparing the tree with the survey (`changed-tree`). Refused: another network than the host's, limits, `insecure`,
 * read-only binds, options of tmpfs. Sources of binds are moved into the tree for the time of the command: they have to
 * be in its file system.
 */
export interface RunInTreeRequest {
  readonly verb: 'run-in-tree'
  /** The complete root filesystem, this command's alone. */
  readonly tree: string
  /** An empty directory in the same file system, for what makes way meanwhile. */
  readonly stash: string
  /** Of the tree as it is; written before the command starts unless it is there. */
  readonly survey: string
  /** Its `rootfs` counts for nothing. */
  readonly run: Omit<RunRequest, 'verb'>
}

/** One of the processes among which it is to be, or whose memory it is to share. A user namespace is joined with it. */
export interface JoinedProcess {
  readonly pid: number
  /** Clock ticks since boot at which it started: it must still be the same one. */
  readonly startTicks: number
}

export interface ProcessSpec {
  readonly argv: readonly string[]
  /** `KEY=value`. HOME is added from the root's passwd file where missing. */
  readonly env: readonly string[]
  readonly cwd: string
  /** Docker's USER syntax: `user`, `uid`, `user:group`, `uid:gid`; names are looked up in the root's files. */
  readonly user: string
  /** A working directory that has to be made, and its parents, are the user's, as for steps of docker build; else root's. */
  readonly ownsNewCwd?: boolean
  /** Descriptor 0 is a terminal of the caller: give the command its own terminal and relay (resize on SIGWINCH). */
  readonly terminal?: boolean
  readonly addCapabilities?: readonly string[]
  readonly dropCapabilities?: readonly string[]
  /** What the host mounts later shows inside: where no control group of devices is in force, MKNOD is not among the defaults. */
  readonly seesHostMounts?: boolean
  readonly noNewPrivileges?: boolean
  /** Besides those of the user: names of the root's file, or numbers. */
  readonly groups?: readonly string[]
  readonly oomScoreAdj?: number
  /** No filter of system calls, whatever the security. */
  readonly unfiltered?: boolean
  /** Docker's JSON document of a filter, in the place of the default one. SANDBOX_SECCOMP for one that can't be kept. */
  readonly seccompProfile?: string
  readonly rlimits?: readonly { readonly name: string; readonly soft: number; readonly hard: number }[]
}
