// Generated from sandbox-native/crates/protocol by UPDATE_PROTOCOL=1 cargo test -p protocol

/** A digest of the types: requests of another version are refused. */
export const PROTOCOL_VERSION = 557186284

export interface AbandonedContainer {
  /** Directories, as in state.json. Processes in them are killed. */
  readonly cgroup: readonly string[]
  /** The first process, if it has outlived its supervisor. All others end with it. */
  readonly process?: LivingProcess
}

/** Applies further layers to a complete tree that flatten or advance created: it then looks like all of them. */
export interface AdvanceRequest {
  /** Top first. */
  readonly layers: readonly LayerSource[]
  /** Written anew. */
  readonly survey: string
  readonly tree: string
}

export type CgroupMode = 'v1' | 'v2' | 'hybrid' | 'none'

export interface CgroupSpec {
  /** Period over which `cpus` is counted; default 100,000. */
  readonly cpuPeriodUs?: number
  readonly cpuShares?: number
  readonly cpus?: number
  readonly cpusetCpus?: string
  readonly cpusetMems?: string
  /** Sets no limits: the group only controls which devices may be opened, where this user can create one. */
  readonly devicesOnly?: boolean
  readonly memoryBytes?: number
  readonly memoryReservationBytes?: number
  readonly memorySwapBytes?: number
  /** Unique name, created below the caller's delegated cgroup (or `tsbuild` at the top for root) and removed afterwards. */
  readonly name: string
  /** Existing directory from the top of the hierarchies to create it in instead, such as `/builds`. */
  readonly parent?: string
  readonly pidsMax?: number
}

/** Default private: the command's group is the root of what it sees. */
export type CgroupView = 'private' | 'host'

export type ChangeKind = 'A' | 'C' | 'D'

export type Compression =
  | 'none' | 'gzip' | 'zstd'
  /** gzip with a table of contents, for reading single files. */
  | 'estargz'

export interface CopyAction {
  /** Copy to an empty root: links of the base are not looked up (`--link`). */
  readonly link?: boolean
  readonly mode?: string
  /** Docker's --chown syntax; absent: 0:0. `keep`: the source's IDs. */
  readonly owner?: string
  readonly selection: Selection
  readonly source: FileSource
  /** Absolute; a trailing slash means a directory. */
  readonly to: string
}

export type CopyDirection = 'in' | 'out'

/**
 * Copies files between the host and another root, by the rules of `docker cp`. Links of either side are followed within
 * it; existing files are replaced, existing directories are not.
 */
export interface CopyRequest {
  readonly direction: CopyDirection
  /** If the source is a link, copy its target. */
  readonly followLink?: boolean
  /** Directories of the root that appear empty. */
  readonly hidden?: readonly string[]
  /** Absolute. Absent: a tar, read from descriptor 0 or written to descriptor 1. */
  readonly hostPath?: string
  /** Owner of files that are copied in, in Docker's syntax; absent: IDs are kept. Files copied out belong to the caller. */
  readonly owner?: string
  /** Within the root. */
  readonly path: string
  readonly root: RootSpec
}

export interface CopyResult {
  /** As a tar. */
  readonly sizeBytes: number
}

/** A device node of the host. */
export interface Device {
  /** Letters `rwm`; default all. */
  readonly access?: string
  readonly source: string
  readonly target: string
}

/**
 * What an overlay tree, or a complete one, changes in the layers below it, like `docker diff`: sorted, directories before
 * their content.
 */
export interface DiffRequest {
  readonly base: readonly LayerSource[]
  /** `tree` is a complete tree, which this survey shows as it was. */
  readonly survey?: string
  readonly tree: string
}

export interface DiffResult {
  readonly changes: readonly PathChange[]
}

export interface DigestItem {
  /**
   * Existing directory in which `<hex of the digest>.manifest` is created: sorted lines `path<TAB>digest`, one per
   * file, so that two builds can be compared. An existing manifest is kept and its time of use updated.
   */
  readonly manifestDirectory?: string
  readonly selection: Selection
  readonly source: FileSource
}

export type DigestItemResult =
  | {
      readonly digest: string
      readonly fileCount: number
      readonly sizeBytes: number
    }
  /** Nothing matched: the first path or pattern without a match, and names next to it of about the same length. */
  | {
      readonly isIgnored: boolean
      readonly missing: string
      readonly similar?: readonly string[]
    }

/** Content digests (`blake3:<hex>`) of selections, over names, bytes, modes, IDs, xattrs and link targets, but not mtime. */
export interface DigestRequest {
  readonly items: readonly DigestItem[]
  /** Descriptor 5 is first locked, shared, and stays locked. */
  readonly lock?: boolean
}

export interface DigestResult {
  readonly items: readonly DigestItemResult[]
}

/** SHA-256 between two blocks. SPEC: FIPS 180-4 section 6.2 */
export interface DigestState {
  /** A multiple of 64. */
  readonly position: number
  readonly words: readonly number[]
}

export interface Envelope {
  readonly idMapping: IdMapping
  readonly request: Request
  /** `PROTOCOL_VERSION` of the driver. */
  readonly version: number
}

/** Of an output with a table of contents, which is part of what decompressing gives. */
export interface EstargzResult {
  readonly diffId: string
  readonly sizeBytes: number
  readonly tocDigest: string
}

/** The store's log of events (docs/events.md), and what each record contains. */
export interface EventLog {
  readonly attributes: Readonly<Record<string, string>>
  readonly directory: string
  readonly id: string
  /** Mounted while the command runs. */
  readonly volumes?: readonly MountedVolume[]
}

export interface ExecEndEvent {
  readonly execID: string
  readonly log: EventLog
}

/**
 * Runs a further command next to the first process of a supervised one: in its namespaces, on its root, under its
 * limits. Statuses as for `run`.
 */
export interface ExecRequest {
  /** Directories of its cgroup, as in state.json. */
  readonly cgroup: readonly string[]
  /** Keys that, typed on a terminal, leave the command running: `exited` then reports that it is detached. */
  readonly detachKeys?: readonly number[]
  /** Report `started` and stay with the command even if the statuses are not read; no further status follows. */
  readonly detached?: boolean
  /** Where `exec_die` is reported for a command whose caller has left (docs/events.md). */
  readonly endEvent?: ExecEndEvent
  /** The first process, in this process's PID namespace. */
  readonly pid: number
  readonly process: ProcessSpec
  readonly security?: Security
  /** Clock ticks since boot at which that process started: it must still be the same one. */
  readonly startTicks: number
}

export interface Exited {
  /** 128 + signal if killed by one. As in a shell, 126 and 127 for a command that cannot be started. */
  readonly exitCode: number
  /** It has not ended: the caller detached from it. */
  readonly isDetached?: boolean
  readonly oomKilled: boolean
  readonly signal?: string
  readonly usage: ResourceUsage
}

export type FileAction =
  | { readonly kind: 'copy' } & CopyAction
  | {
      readonly kind: 'mkdir'
      readonly mode: number
      readonly mtimeSeconds?: number
      readonly owner?: string
      readonly path: string
    }
  | {
      readonly kind: 'mkfile'
      readonly contentBase64: string
      readonly mode: string
      readonly mtimeSeconds?: number
      readonly owner?: string
      readonly path: string
    }
  | {
      readonly kind: 'rm'
      readonly allowMissing: boolean
      readonly path: string
    }

/** Where files are read from. Paths of selections are resolved beneath it and cannot leave it. */
export type FileSource =
  | {
      readonly kind: 'directory'
      /** Cleaned .dockerignore patterns in file order, `!` in front of exceptions. Applied during the walk. */
      readonly ignore: readonly string[]
      readonly root: string
      /** File that maps (size, mtime ns, ctime ns, inode) to content digests between builds. */
      readonly statCache?: string
    }
  | {
      readonly kind: 'layers'
      readonly layers: readonly LayerSource[]
    }

export type FlattenOutput =
  /** The archive ends with two empty blocks and no more. */
  | {
      readonly kind: 'tar'
      /** Everything is below a directory of that name. */
      readonly directory?: string
      readonly path: string
    }
  /** Files belong to the caller, without device nodes. */
  | {
      readonly kind: 'directory'
      /** Files keep the IDs of the layers, and the directory is like theirs. */
      readonly keepOwners?: boolean
      readonly path: string
      /** Where a survey of the new files is written, by which a later `changed-tree` finds what a command has changed. */
      readonly survey?: string
    }

/** Merges layers into one filesystem: a tar (no whiteouts), or a directory. */
export interface FlattenRequest {
  readonly layers: readonly LayerSource[]
  /** The time of every file, in seconds since the epoch; default its own. */
  readonly mtimeSeconds?: number
  readonly output: FlattenOutput
  /** Restrict to one path of the merged tree. */
  readonly subpath?: string
}

/** Of a directory whose files belong to the caller. */
export interface FlattenResult {
  readonly devicesLeftOut: NoticedFiles
  readonly setIdPrograms: NoticedFiles
}

/**
 * Digests a file while it is being written. The writer announces its size so far on standard input, as 8 bytes
 * little-endian each time; the end of the announcements is the end of the file.
 */
export interface FollowBlobRequest {
  /** Of an earlier process that did not reach the end. */
  readonly from?: DigestState
  readonly path: string
}

export interface FollowBlobResult {
  readonly digest: string
  readonly sizeBytes: number
}

/** A command that runs at intervals, as `exec` runs it: exit code 0 means healthy. */
export interface HealthRequest {
  /** From the end of one check to the start of the next. No checks while the command is paused. */
  readonly intervalMs: number
  /** Passed on to `exec`, which reads it. */
  readonly process: ProcessSpec
  /** Consecutive failures until the command is unhealthy. */
  readonly retries: number
  /** Passed on to `exec`, which reads it. */
  readonly security: Security
  /** Instead of `intervalMs`, within that time. */
  readonly startIntervalMs: number
  /** Failures within this time after the start do not count, until a check has succeeded. */
  readonly startPeriodMs: number
  readonly timeoutMs: number
}

/**
 * Directory whose files hosts, hostname and resolv.conf are mounted on those of /etc, writable; created anew unless
 * `write` is false.
 */
export interface HostFileSpec {
  readonly directory: string
  readonly write: boolean
}

/** How user and group IDs inside relate to those of the host. */
export type IdMapping =
  /** IDs are the host's: the caller is root. */
  | { readonly kind: 'host' }
  /** The caller's ID becomes 0, the subordinate ranges follow from 1, by newuidmap and newgidmap. */
  | {
      readonly kind: 'subordinate'
      readonly gidRanges: readonly IdRange[]
      readonly uidRanges: readonly IdRange[]
    }
  /** Only the caller's ID, as 0. */
  | { readonly kind: 'single' }

export interface IdRange {
  readonly count: number
  readonly start: number
}

/** Default private. */
export type Ipc =
  | 'private' | 'host'
  /** Private, without /dev/shm. */
  | 'none'
  /** With the /dev/shm that is mounted there. */
  | {
      readonly join: LivingProcess
    }

/** One layer in one of its forms. Lists of layers are ordered top first. */
export type LayerSource =
  /** An overlay directory: deletions are character devices 0:0, opaque directories carry the overlay xattr. */
  | {
      readonly kind: 'tree'
      readonly path: string
    }
  /** An uncompressed layer tar with the entry index that write-layer created next to it. */
  | {
      readonly kind: 'tar'
      readonly index: string
      readonly path: string
    }

/** Changes the limits of a running command; limits that are absent stay. */
export interface LimitRequest {
  /** Directories, as in state.json. */
  readonly cgroup: readonly string[]
  readonly limits: CgroupSpec
}

/** A process, distinguished from a later one with the same number by its start. */
export interface LivingProcess {
  readonly pid: number
  /** Clock ticks since boot. */
  readonly startTicks: number
}

export type LockMode = 'shared' | 'exclusive'

/** Locks descriptors from 5 on, which the caller keeps open: the locks belong to the caller and end with it. */
export interface LockRequest {
  /** Number of descriptors. */
  readonly count: number
  readonly mode: LockMode
  /** Report a descriptor as not locked instead of waiting. */
  readonly tryOnly: boolean
}

export interface LockResult {
  /** In the order of the descriptors. */
  readonly locked: readonly boolean[]
}

export interface LogLimits {
  readonly maxFiles: number
  readonly maxSizeBytes?: number
}

/**
 * Mounted in order, targets resolved beneath the new root. Mount points that are created are removed afterwards and never
 * stay in the upper directory.
 */
export type Mount =
  | {
      readonly kind: 'bind'
      /** With `users`: IDs are not mapped, files belong to the users of the host. */
      readonly hostOwners?: boolean
      /** Absent: neither side sees later mounts of the other. SPEC: mount_namespaces(7) */
      readonly propagation?: Propagation
      readonly readOnly?: boolean
      readonly recursive?: boolean
      readonly source: string
      /** Path within the source to mount; links in it stay within the source. */
      readonly subpath?: string
      readonly target: string
    }
  /** A file with the given content, held in memory (secrets, hosts, CA bundles). */
  | {
      readonly kind: 'file'
      readonly contentBase64: string
      readonly gid: number
      readonly mode: number
      readonly target: string
      readonly uid: number
    }
  /** A socket that the caller has created for this command alone; its owner and mode are set. */
  | {
      readonly kind: 'socket'
      readonly gid: number
      readonly mode: number
      readonly source: string
      readonly target: string
      readonly uid: number
    }
  /** Files of the host as one, a line end after each, held in memory. Owner root. */
  | {
      readonly kind: 'joined-files'
      readonly mode: number
      readonly sources: readonly string[]
      readonly target: string
    }
  | {
      readonly kind: 'tmpfs'
      /** Of the mount. */
      readonly flags?: readonly TmpfsFlag[]
      /** Of the filesystem, SPEC: tmpfs(5): size, mode, uid, …; the default mode is that of the directory there, else 1777. */
      readonly options?: readonly (readonly [string, string])[]
      readonly target: string
    }
  /** A tree of layers, read-only or with a throw-away upper directory; `subpath` within it. */
  | {
      readonly kind: 'overlay'
      readonly lowers: readonly string[]
      readonly subpath: string
      readonly target: string
      readonly upper?: string
      readonly work?: string
    }

export interface MountedVolume {
  readonly destination: string
  readonly name: string
  readonly readOnly: boolean
}

export type Network =
  | { readonly kind: 'none' }
  | { readonly kind: 'host' }
  /** A private namespace, with outbound access through pasta or slirp4netns where present. */
  | { readonly kind: 'private' }
  /** The namespace of another process. A `run` joins its user namespace too, unless IDs are the host's. */
  | {
      readonly kind: 'join'
      readonly pid: number
      /** Clock ticks since boot at which it started. */
      readonly startTicks: number
    }

/**
 * Creates a private network for commands to join and holds it until SIGTERM or until no process reads the statuses.
 * Statuses: network, then result; only a warning before the result where no helper program can connect one.
 */
export interface NetworkRequest {
  /** They lead the commands to themselves only. */
  readonly hiddenAddresses?: readonly string[]
  /** The host's loopback can be reached, at the address in the status. */
  readonly reachesHost?: boolean
}

export interface NoticedFiles {
  readonly count: number
  /** The first few names. */
  readonly first: readonly string[]
}

/**
 * Reads a layer in any form and writes it as a stream: the diff ID, and a blob if `output` is given. A tree is packed
 * as the difference to its base (directories with unchanged metadata have no entry, parents of changed files do).
 */
export interface PackLayerRequest {
  readonly base: readonly LayerSource[]
  /** Entry index for the written tar; only with an uncompressed output. */
  readonly index?: string
  readonly layer: PackSource
  readonly maxMtimeSeconds?: number
  readonly output?: PackOutput
}

export interface PackLayerResult {
  readonly contentBytes: number
  readonly diffId: string
  /** Of the written output. */
  readonly digest?: string
  readonly entryCount: number
  readonly estargz?: EstargzResult
  readonly outputSizeBytes?: number
  readonly sizeBytes: number
}

export interface PackOutput {
  readonly compression: Compression
  readonly level?: number
  readonly path: string
}

export type PackSource =
  | {
      readonly kind: 'tree'
      readonly path: string
    }
  /** Its index is not needed: the archive is read in its order. */
  | {
      readonly kind: 'tar'
      readonly path: string
    }
  | {
      readonly kind: 'blob'
      readonly path: string
    }
  /** A complete tree, as the difference to what the survey found in it; the survey is renewed. */
  | {
      readonly kind: 'changed-tree'
      readonly path: string
      readonly survey: string
    }

export interface PathChange {
  readonly kind: ChangeKind
  readonly path: string
}

export type PortProtocol = 'tcp' | 'udp'

/**
 * Listens on the host before the command starts. Host port 0: any free one. With a last one: the first that is free of
 * these. Without an address: all, IPv4 and IPv6.
 */
export interface PortRequest {
  readonly containerPort: number
  readonly hostIp?: string
  readonly hostPort: number
  readonly lastHostPort?: number
  readonly protocol: PortProtocol
}

export interface ProbeCheck {
  /** What was found, in a sentence. */
  readonly found: string
  /** What to do where it is not ok, or limited. */
  readonly hint?: string
  /** They are possible, but something that a user may want is not. */
  readonly limited?: boolean
  readonly name: string
  /** False where building and running are not possible. */
  readonly ok: boolean
}

/** What this machine allows; for `tsbuild doctor`. */
export interface ProbeRequest {
  /** Where overlays are tried: on the filesystem of the store. Default: in /var/tmp or /tmp. */
  readonly directory?: string
}

export interface ProbeResult {
  readonly cgroup: CgroupMode
  readonly checks: readonly ProbeCheck[]
  /** Steps can run in a plain chroot only. */
  readonly chroot: boolean
  readonly kernel: string
  readonly overlay: boolean
  /** Why no step can run; absent where steps can run. */
  readonly refusal?: string
  /** No overlay can be mounted, and steps can run in a copy of their layers. */
  readonly tree: boolean
}

export interface ProcessSpec {
  readonly addCapabilities?: readonly string[]
  readonly argv: readonly string[]
  readonly cwd: string
  readonly dropCapabilities?: readonly string[]
  /** `KEY=value`. HOME is added from the root's passwd file where missing. */
  readonly env: readonly string[]
  /** In addition to those of the user: names of the root's file, or numbers. */
  readonly groups?: readonly string[]
  readonly noNewPrivileges?: boolean
  readonly oomScoreAdj?: number
  /**
   * A working directory that is created, with its parents, belongs to the user, as for steps of docker build; else to
   * root.
   */
  readonly ownsNewCwd?: boolean
  readonly rlimits?: readonly Rlimit[]
  /** Docker's JSON document of a filter, instead of the default one. SANDBOX_SECCOMP if it cannot be enforced. */
  readonly seccompProfile?: string
  /** Mounts that the host adds later appear inside: without a device cgroup, MKNOD is not among the defaults. */
  readonly seesHostMounts?: boolean
  /** Descriptor 0 is a terminal of the caller: give the command a private terminal and relay (resize on SIGWINCH). */
  readonly terminal?: boolean
  /** No filter of system calls, whatever the security. */
  readonly unfiltered?: boolean
  /** Docker's USER syntax: `user`, `uid`, `user:group`, `uid:gid`; names are looked up in the root's files. */
  readonly user: string
}

/**
 * The PID namespace; default private. Any other requires a `cgroup`, by which everything that the command has started is
 * ended with its first process: SANDBOX_CGROUP where none can do that. Joining includes the user namespace.
 */
export type Processes =
  | 'private' | 'host'
  | {
      readonly join: LivingProcess
    }

/** Whether mounts below the source later appear on the other side. SPEC: mount_namespaces(7) */
export type Propagation = 'shared' | 'rshared' | 'slave' | 'rslave'

export interface ReadFile {
  /** Of its bytes in the output. */
  readonly offset: number
  readonly path: string
  /** Of a program; absent: the whole file. */
  readonly section?: string
  readonly sizeBytes: number
}

/**
 * Reads chosen files of the merged layers, and sections of the ELF programs in them, into one file. Links are not
 * followed. What cannot be read, or exceeds the limits, is reported and stops nothing.
 */
export interface ReadFilesRequest {
  readonly layers: readonly LayerSource[]
  readonly maxFileBytes: number
  readonly maxTotalBytes: number
  /** Receives the bytes of all, one after the other. */
  readonly output: string
  /** As in an ignore file; a matching directory selects nothing below it. */
  readonly patterns: readonly string[]
  /** Of regular files with an execute bit. */
  readonly sections: readonly string[]
}

export interface ReadFilesResult {
  /** In the order of the tree. */
  readonly files: readonly ReadFile[]
  readonly unread: readonly UnreadFile[]
}

/** Writes what a connection brings, descriptor 0, to a file that exists. `progress` is the size of the file. */
export interface ReceiveBytesRequest {
  /** A connection that brings nothing, or next to nothing, for so long is given up. */
  readonly idleMs: number
  readonly path: string
  /** Where the bytes belong in the file. */
  readonly position: number
  readonly sizeBytes: number
}

export interface ReceiveBytesResult {
  /** Fewer than were requested where the connection ended early. */
  readonly receivedBytes: number
}

/**
 * Removes what is left of commands whose supervisors were killed: their first processes with all others, processes in
 * their cgroups, and the cgroups.
 */
export interface ReleaseRequest {
  readonly containers: readonly AbandonedContainer[]
}

/** Removes trees whatever their owners and modes. Missing paths are ignored. */
export interface RemoveRequest {
  readonly paths: readonly string[]
}

/** One process serves one request. */
export type Request =
  | { readonly verb: 'lock' } & LockRequest
  | { readonly verb: 'probe' } & ProbeRequest
  | { readonly verb: 'digest' } & DigestRequest
  | { readonly verb: 'write-layer' } & WriteLayerRequest
  | { readonly verb: 'pack-layer' } & PackLayerRequest
  | { readonly verb: 'unpack-layer' } & UnpackLayerRequest
  | { readonly verb: 'follow-blob' } & FollowBlobRequest
  | { readonly verb: 'receive-bytes' } & ReceiveBytesRequest
  | { readonly verb: 'flatten' } & FlattenRequest
  | { readonly verb: 'advance' } & AdvanceRequest
  | { readonly verb: 'read-files' } & ReadFilesRequest
  | { readonly verb: 'scan-secrets' } & ScanSecretsRequest
  | { readonly verb: 'remove' } & RemoveRequest
  | { readonly verb: 'diff' } & DiffRequest
  | { readonly verb: 'run' } & RunRequest
  | { readonly verb: 'run-in-tree' } & RunInTreeRequest
  | { readonly verb: 'network' } & NetworkRequest
  | { readonly verb: 'supervise' } & SuperviseRequest
  | { readonly verb: 'release' } & ReleaseRequest
  | { readonly verb: 'exec' } & ExecRequest
  | { readonly verb: 'copy' } & CopyRequest
  | { readonly verb: 'limit' } & LimitRequest

/** Settings of /etc/resolv.conf. The search domain `.` means none. */
export interface Resolver {
  readonly nameservers?: readonly string[]
  readonly options?: readonly string[]
  readonly search?: readonly string[]
}

export interface ResourceUsage {
  readonly cpuSystemUs: number
  readonly cpuUserUs: number
  readonly peakMemoryBytes?: number
  readonly readBytes?: number
  readonly wallUs: number
  readonly writtenBytes?: number
}

export type RestartPolicy =
  | { readonly name: 'no' }
  | { readonly name: 'always' }
  | { readonly name: 'unless-stopped' }
  | {
      readonly name: 'on-failure'
      readonly maximumRetries?: number
    }

export interface Rlimit {
  readonly hard: number
  readonly name: string
  readonly soft: number
}

/** The root of a command, for work on its files from outside. */
export type RootSpec =
  /** As the process sees it, with all its mounts. */
  | {
      readonly kind: 'process'
      readonly pid: number
      readonly startTicks: number
    }
  /** Mounted for this work alone. */
  | {
      readonly kind: 'layers'
      readonly mounts: readonly Mount[]
      readonly rootfs: Rootfs
    }

export interface Rootfs {
  /** Overlay directories, top first. Many lowers are handled (short paths, `lowerdir+`). */
  readonly lowers?: readonly string[]
  readonly readOnly?: boolean
  /**
   * A complete tree of this command alone, where no overlay can be mounted: it is changed itself. Excludes the
   * directories of an overlay.
   */
  readonly tree?: string
  /** Absent: the root is mounted read-only with no upper. */
  readonly upper?: string
  /**
   * The upper is not flushed to disk when the command ends: much faster, for trees that are rebuilt after a power
   * failure. The work directory then serves one command only.
   */
  readonly volatile?: boolean
  readonly work?: string
}

/**
 * Runs one command in a plain chroot, for containers that allow neither namespaces nor mounts. Its changes are found by
 * comparing the tree with the survey (`changed-tree`). Refused: another network than the host's, limits, `insecure`,
 * read-only binds, options of tmpfs. Sources of binds are moved into the tree while the command runs: they must be in
 * its file system.
 */
export interface RunInTreeRequest {
  /** Its `rootfs` is ignored. */
  readonly run: RunRequest
  /** An empty directory in the same file system, for files that are moved aside meanwhile. */
  readonly stash: string
  /** The complete root filesystem, of this command alone. */
  readonly tree: string
}

/** Runs one command in a fresh sandbox and waits for it. Statuses: started, then exited or failed. */
export interface RunRequest {
  /** The host's console may be opened, as docker's containers may. */
  readonly allowsConsole?: boolean
  readonly cgroup?: CgroupSpec
  readonly cgroupns?: CgroupView
  /**
   * Further devices that may be opened, such as `c 10:229 rwm`. Without a device cgroup these are refused
   * (SANDBOX_CGROUP), as is a device that is not both readable and writable.
   */
  readonly deviceRules?: readonly string[]
  readonly devices?: readonly Device[]
  /**
   * Added to the container's /etc/hosts, as `[address, name]`. The address `host-gateway` stands for the host: a private
   * network then reaches its loopback at that address. Names are left out where the network does not reach it.
   */
  readonly extraHosts?: readonly (readonly [string, string])[]
  /** Absent: hosts, hostname and resolv.conf are held in memory. */
  readonly hostFiles?: HostFileSpec
  /** What `host-gateway` stands for in a joined network. */
  readonly hostGateway?: string
  readonly hostname: string
  /** A small init as PID 1 that reaps and forwards signals. Default true; else, and with `pid`, it is the command itself. */
  readonly init?: boolean
  readonly ipc?: Ipc
  /** Created mount points stay: the root is used again. */
  readonly keepMountPoints?: boolean
  readonly mounts: readonly Mount[]
  readonly network: Network
  readonly pid?: Processes
  readonly process: ProcessSpec
  /** Content of /etc/resolv.conf; absent: the host's, without loopback resolvers unless network is host. */
  readonly resolvConf?: string
  /** Overrides settings of that file. */
  readonly resolver?: Resolver
  readonly rootfs: Rootfs
  readonly security?: Security
  /** Of /dev/shm; default 64 MiB. */
  readonly shmSizeBytes?: number
  /** Settings as `[name, value]` of network and IPC namespaces; refused where the namespace is shared. */
  readonly sysctls?: readonly (readonly [string, string])[]
  /** No masked and no read-only paths. */
  readonly unmaskedPaths?: boolean
  /**
   * With the IDs of the host only: the command gets a user namespace with these IDs. Layers and binds are mounted with
   * their IDs mapped, so that files keep the owners that they have on disk. Absent: the IDs of the host.
   */
  readonly users?: UserRange
  readonly uts?: Uts
}

/**
 * Searches layers and texts for values, in the forms in which they get into images (plain, hexadecimal, base64, URL and JSON), and
 * for keys of known forms. Each layer is searched separately: what a later one deletes is still in the image. The
 * result has places and kinds, never what was found.
 */
export interface ScanSecretsRequest {
  readonly layers: readonly LayerSource[]
  readonly maxFindings: number
  readonly texts: readonly string[]
  readonly valuesBase64: readonly string[]
}

export interface ScanSecretsResult {
  /** Compressed files that were searched up to a limit. */
  readonly cut: readonly UnscannedFile[]
  /** Including those beyond `maxFindings`. */
  readonly findingCount: number
  readonly findings: readonly SecretFinding[]
  readonly scannedBytes: number
  readonly unread: readonly UnscannedFile[]
}

export interface SecretFinding {
  /** Position in the request's list. */
  readonly layer?: number
  readonly offset: number
  readonly path?: string
  readonly pattern?: string
  /** The fixed beginning of what a pattern found, such as `ghp_`. */
  readonly shown?: string
  /** Position in the request's list. */
  readonly text?: number
  /** Position in the request's list. */
  readonly value?: number
}

/** Default: Docker's masked and read-only paths, default capabilities and seccomp profile. `insecure` drops all of these. */
export type Security = 'default' | 'insecure'

/** Which files of a source an action selects, by the rules of COPY. */
export interface Selection {
  /** Patterns relative to each source path that exclude files (`--exclude`). */
  readonly exclude?: readonly string[]
  /** With `parents`, for plain paths without pivot: links on the way, and what they lead to within the source, come along. */
  readonly follow?: boolean
  /** Keep parent directories (`--parents`), with `/./` as pivot. */
  readonly parents?: boolean
  /** Paths or Go filepath.Match patterns, relative to the source's root. */
  readonly paths: readonly string[]
  /** Unpack sources that are archives by content (plain, gzip, bzip2, xz, zstd tar). */
  readonly unpackArchives?: boolean
}

/** A line on descriptor 4. */
export type Status =
  | {
      readonly kind: 'started'
      readonly pid: number
    }
  /** The network is connected: the process to join, and the /etc/resolv.conf for those that do. */
  | {
      readonly kind: 'network'
      readonly hostGateway?: string
      readonly pid: number
      readonly resolvConf: string
      readonly startTicks: number
    }
  | {
      readonly kind: 'progress'
      readonly doneBytes: number
    }
  /** Of `follow-blob`: the state of the digest so far. */
  | {
      readonly kind: 'digested'
      readonly position: number
      readonly words: readonly number[]
    }
  | {
      readonly kind: 'warning'
      readonly message: string
    }
  /** The last line of a command. */
  | { readonly kind: 'exited' } & Exited
  /** The last line of any other work. */
  | {
      readonly kind: 'result'
      readonly result: unknown
    }
  /** The last line of anything that could not be done. */
  | {
      readonly kind: 'failed'
      readonly code: string
      readonly errno?: string
      readonly hint?: string
      readonly message: string
    }

/**
 * Starts a command and stays with it: keeps its log and state in files, serves `attach.sock`, forwards ports. Statuses:
 * started or failed; then descriptor 4 is closed and the process lives as long as the command.
 */
export interface SuperviseRequest {
  /** Descriptor 5 is the connection of the first client. */
  readonly attached: boolean
  /** Exists; state.json, log.json, lock and attach.sock are created in it. */
  readonly directory: string
  /** Where start, kill, oom, die, destroy, pauses for a client and changes of health are reported. */
  readonly events: EventLog
  readonly health?: HealthRequest
  /** Absent: the output is not stored. */
  readonly log?: LogLimits
  readonly openStdin: boolean
  readonly ports: readonly PortRequest[]
  /**
   * Removed when the command has ended for good: `directory` with its content, links that still point to its name, and
   * directories that no config.json next to it names.
   */
  readonly removeAfterwards: readonly string[]
  readonly restart: RestartPolicy
  /** With `process.terminal` the command gets a private terminal, whose other end the supervisor holds. */
  readonly run: RunRequest
  /** Close the command's stdin when the client that feeds it disconnects. */
  readonly stdinOnce: boolean
  /** Sent to the command on SIGTERM to the supervisor. */
  readonly stopSignal: number
  /** 4294967295 waits forever. */
  readonly stopTimeoutMs: number
}

/** `dev` requires a cgroup that controls devices, or that other mounts show devices too. */
export type TmpfsFlag = 'ro' | 'noexec' | 'suid' | 'dev' | 'sync' | 'dirsync' | 'noatime' | 'nodiratime' | 'strictatime'

/** Creates an overlay tree from a layer blob (compression found by content). The tree is complete or absent. */
export interface UnpackLayerRequest {
  /** For directories and hard-link targets that the archive does not contain. */
  readonly base: readonly LayerSource[]
  readonly blob: string
  /** Verified against the uncompressed bytes, if given. */
  readonly expectDiffId?: string
  /** Verified against the bytes as stored, if given. */
  readonly expectDigest?: string
  /** It is being written: announced as for `follow-blob`. */
  readonly growing?: boolean
  readonly limits?: UnpackLimits
  /** The archive is not a layer: a name such as `.wh.x` is that of a file. */
  readonly literalNames?: boolean
  readonly tree: string
}

export interface UnpackLayerResult {
  readonly contentBytes: number
  readonly diffId: string
  readonly entryCount: number
  readonly sizeBytes: number
}

export interface UnpackLimits {
  readonly maxBytes?: number
  readonly maxEntries?: number
}

export interface UnreadFile {
  readonly path: string
  readonly reason: string
}

export interface UnscannedFile {
  readonly layer: number
  readonly path: string
  readonly reason: string
}

/** IDs of the host that are 0 and those that follow inside. */
export interface UserRange {
  readonly count: number
  readonly gid: number
  readonly uid: number
}

/** Default private; with `host` the host name is not set. */
export type Uts = 'private' | 'host'

/** Writes one layer as a tar directly from its sources, without creating a tree. */
export interface WriteLayerRequest {
  readonly actions: readonly FileAction[]
  /** What is below the new layer: destinations, owners by name and existing directories are looked up here. */
  readonly base: readonly LayerSource[]
  readonly index: string
  /** Later times are clamped to this one (rewrite-timestamp), in seconds. */
  readonly maxMtimeSeconds?: number
  readonly tar: string
  /** Hash the tar while it is written. */
  readonly wantDiffId: boolean
}

export interface WriteLayerResult {
  /** Of its files. */
  readonly contentBytes: number
  /** Present if requested. */
  readonly diffId?: string
  /** 0: nothing changed, no layer is needed. */
  readonly entryCount: number
  /** Files have names such as `.wh.x`, which would delete in a layer, and nothing is deleted. */
  readonly hasWhiteoutNames?: boolean
  readonly sizeBytes: number
}
