// Generated from sandbox-native/crates/protocol by UPDATE_PROTOCOL=1 cargo test -p protocol

/** A digest of the types: requests of another version are refused. */
export const PROTOCOL_VERSION = 4068270852

export interface AbandonedContainer {
  /** Directories, as in state.json. Processes in them are killed. */
  readonly cgroup: readonly string[]
  /** The first process, if it has outlived its supervisor. All others end with it. */
  readonly process?: LivingProcess
}

/** Applies further layers to a complete tree that `flatten` or `advance` created: it then contains all of them. */
export interface AdvanceRequest {
  /** Top first. */
  readonly layers: readonly LayerSource[]
  /** Replaced. */
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

/** Default private: the command's group is the root of its hierarchy. */
export type CgroupView = 'private' | 'host'

export type ChangeKind = 'A' | 'C' | 'D'

export type Compression =
  | 'none' | 'gzip' | 'zstd'
  /** gzip with a table of contents, for reading single files. */
  | 'estargz'

export interface CopyAction {
  /** Copy to an empty root: links of the base are not followed (`--link`). */
  readonly link?: boolean
  readonly mode?: string
  /** Docker's --chown syntax; absent: 0:0. `keep`: the source's IDs. */
  readonly owner?: string
  readonly selection: Selection
  readonly source: FileSource
  /** Of the selection in a directory of the host, as the verb `digest` returned it. */
  readonly stamp?: string
  /** Absolute; a trailing slash means a directory. */
  readonly to: string
}

export type CopyDirection = 'in' | 'out'

/**
 * Copies files between the host and another root, by the rules of `docker cp`. Links of each side are resolved within it;
 * existing files are replaced, existing directories are not.
 */
export interface CopyRequest {
  readonly direction: CopyDirection
  /** If the source is a link, copy its target. */
  readonly followLink?: boolean
  /** Directories of the root that are treated as empty. */
  readonly hidden?: readonly string[]
  /** Absolute path. Absent: a tar, read from descriptor 0 or written to descriptor 1. */
  readonly hostPath?: string
  /** Owner of files that are copied in, in Docker's syntax; absent: IDs are kept. Files copied out belong to the caller. */
  readonly owner?: string
  /** Path within the root. */
  readonly path: string
  readonly root: RootSpec
}

export interface CopyResult {
  /** Size of the tar. */
  readonly sizeBytes: number
}

/** A device node of the host. */
export interface Device {
  /** Letters of `rwm`; default all. */
  readonly access?: string
  readonly source: string
  readonly target: string
}

/**
 * Lists what an overlay tree, or a complete one, changes in the layers below it, like `docker diff`: sorted, directories
 * before their content.
 */
export interface DiffRequest {
  readonly base: readonly LayerSource[]
  /** `tree` is a complete tree, and this survey records its original state. */
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
      /** Of a directory of the host: changes whenever one of the files does, even if it is changed back later. */
      readonly stamp?: string
    }
  /** Nothing matched: the first path or pattern without a match, and names next to it of about the same length. */
  | {
      readonly isIgnored: boolean
      readonly missing: string
      readonly similar?: readonly string[]
    }

/** Content digests (`blake3:<hex>`) of selections: names, bytes, modes, IDs, xattrs and link targets, but not mtime. */
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

/** Table of contents of the output, which is part of the decompressed bytes. */
export interface EstargzResult {
  readonly diffId: string
  readonly sizeBytes: number
  readonly tocDigest: string
}

/** The store's event log (docs/events.md), and the fixed part of each record. */
export interface EventLog {
  readonly attributes: Readonly<Record<string, string>>
  readonly directory: string
  readonly id: string
  /** Volumes that are mounted while the command runs. */
  readonly volumes?: readonly MountedVolume[]
}

export interface ExecEndEvent {
  readonly execID: string
  readonly log: EventLog
}

/**
 * Runs a further command in the sandbox of a supervised one: in the namespaces, root and limits of its first process.
 * Statuses as for `run`.
 */
export interface ExecRequest {
  /** Directories of its cgroup, as in state.json. */
  readonly cgroup: readonly string[]
  /** Keys that, typed on a terminal, detach from the command, which keeps running: `exited` then reports this. */
  readonly detachKeys?: readonly number[]
  /** Report `started` and stay with the command even if no process reads the statuses; no further status follows. */
  readonly detached?: boolean
  /** Where `exec_die` is reported for a command whose caller has exited (docs/events.md). */
  readonly endEvent?: ExecEndEvent
  /** The first process, in this process's PID namespace. */
  readonly pid: number
  readonly process: ProcessSpec
  readonly security?: Security
  /** Clock ticks since boot at which that process started: it must still be the same one. */
  readonly startTicks: number
}

export interface Exited {
  /** 128 + signal if killed by one. As in a shell, 126 and 127 if the command cannot be started. */
  readonly exitCode: number
  /** It is still running: the caller detached from it. */
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

/** Where files are read from. Paths of selections are resolved beneath it and cannot escape it. */
export type FileSource =
  | {
      readonly kind: 'directory'
      /** Normalized .dockerignore patterns in file order, `!` before exceptions. Applied during the walk. */
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
  /** The archive ends with exactly two empty blocks. */
  | {
      readonly kind: 'tar'
      /** Directory of the archive that contains everything. */
      readonly directory?: string
      readonly path: string
    }
  /** Files belong to the caller, without device nodes. */
  | {
      readonly kind: 'directory'
      /** The filesystem is flushed: the files survive a power failure. */
      readonly flush?: boolean
      /** Files keep the IDs of the layers, and the directory gets the metadata of their root. */
      readonly keepOwners?: boolean
      readonly path: string
      /** Where a survey of the new files is written, with which a later `changed-tree` detects the changes of a command. */
      readonly survey?: string
    }

/** Merges layers into one filesystem: a tar (no whiteouts), or a directory. */
export interface FlattenRequest {
  readonly layers: readonly LayerSource[]
  /** The top layer belongs to a running container: files that vanish while they are read are left out. */
  readonly live?: boolean
  /** Modification time of every file, in seconds since the epoch; default: that of each file. */
  readonly mtimeSeconds?: number
  readonly output: FlattenOutput
  /** Restrict to one path of the merged tree. */
  readonly subpath?: string
}

/** Only for a directory whose files belong to the caller. */
export interface FlattenResult {
  readonly devicesLeftOut: NoticedFiles
  readonly setIdPrograms: NoticedFiles
}

/**
 * Digests a file while it is being written. The writer announces the current size on standard input, as 8 bytes
 * little-endian each time; the end of the input is the end of the file.
 */
export interface FollowBlobRequest {
  /** From an earlier process that did not reach the end. */
  readonly from?: DigestState
  readonly path: string
}

export interface FollowBlobResult {
  readonly digest: string
  readonly sizeBytes: number
}

/** A command that is run at intervals, as `exec` does: exit code 0 means healthy. */
export interface HealthRequest {
  /** From the end of one check to the start of the next. Checks stop while the command is paused. */
  readonly intervalMs: number
  /** Forwarded to `exec`, which parses it. */
  readonly process: ProcessSpec
  /** Consecutive failures until the command is unhealthy. */
  readonly retries: number
  /** Forwarded to `exec`, which parses it. */
  readonly security: Security
  /** Replaces `intervalMs` during that time. */
  readonly startIntervalMs: number
  /** Failures within this time after the start do not count, until a check has succeeded. */
  readonly startPeriodMs: number
  /** Reported as the output of a check that exceeds `timeoutMs`, followed by what it has printed. */
  readonly timeoutMessage: string
  readonly timeoutMs: number
}

/**
 * Directory whose files hosts, hostname and resolv.conf are mounted over those of /etc, writable; they are created anew
 * unless `write` is false.
 */
export interface HostFileSpec {
  readonly directory: string
  readonly write: boolean
}

/** How user and group IDs inside are mapped to those of the host. */
export type IdMapping =
  /** IDs are the host's: the caller is root. */
  | { readonly kind: 'host' }
  /** The caller's ID becomes 0, the subordinate ranges follow from 1, set by newuidmap and newgidmap. */
  | {
      readonly kind: 'subordinate'
      readonly gidRanges: readonly IdRange[]
      readonly uidRanges: readonly IdRange[]
    }
  /** Only the caller's ID, mapped to 0. */
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
  /** Shares the namespace and the /dev/shm of that process. */
  | {
      readonly join: LivingProcess
    }

/** One layer in one of its forms. Lists of layers are ordered top first. */
export type LayerSource =
  /** An overlay directory: deletions are character devices 0:0, opaque directories have the overlay xattr. */
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

/** Lists the largest files of one layer, as its image has them: with the owners inside. */
export interface ListFilesRequest {
  readonly layer: LayerSource
  readonly maxFiles: number
}

export interface ListFilesResult {
  /** All files of the layer, without directories. */
  readonly fileCount: number
  /** Largest first, including directories. */
  readonly files: readonly ListedFile[]
}

export interface ListedFile {
  readonly gid: number
  readonly kind: ListedKind
  readonly mode: number
  /** From the root of the image, with a leading slash. */
  readonly path: string
  readonly sizeBytes: number
  /** Of a symbolic link. */
  readonly target?: string
  readonly uid: number
}

export type ListedKind =
  | 'file' | 'directory' | 'symlink'
  /** Or a FIFO or socket. */
  | 'device'
  /** Deletes the file of the layers below. */
  | 'whiteout'

/** A process, distinguished from a later one with the same number by its start. */
export interface LivingProcess {
  readonly pid: number
  /** Clock ticks since boot. */
  readonly startTicks: number
}

export type LockMode = 'shared' | 'exclusive'

/**
 * Locks descriptors from 5 on, which the caller holds open: the locks belong to the caller and are released when it closes
 * them.
 */
export interface LockRequest {
  /** Number of descriptors. */
  readonly count: number
  readonly mode: LockMode
  /** Report a descriptor as not locked instead of waiting. */
  readonly tryOnly: boolean
}

export interface LockResult {
  /** One entry per descriptor, in their order. */
  readonly locked: readonly boolean[]
}

export interface LogLimits {
  readonly maxFiles: number
  readonly maxSizeBytes?: number
}

/**
 * Mounted in order, targets resolved beneath the new root. Created mount points are removed afterwards and never remain in
 * the upper directory.
 */
export type Mount =
  | {
      readonly kind: 'bind'
      /** With `users`: IDs are not mapped, files keep the owners of the host. */
      readonly hostOwners?: boolean
      /** Absent: mounts are not propagated in either direction. SPEC: mount_namespaces(7) */
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
  /** A socket that the caller has created for this command only; its owner and mode are set. */
  | {
      readonly kind: 'socket'
      readonly gid: number
      readonly mode: number
      readonly source: string
      readonly target: string
      readonly uid: number
    }
  /** Files of the host, concatenated with a newline after each, held in memory. Owned by root. */
  | {
      readonly kind: 'joined-files'
      readonly mode: number
      readonly sources: readonly string[]
      readonly target: string
    }
  | {
      readonly kind: 'tmpfs'
      /** Flags of the mount. */
      readonly flags?: readonly TmpfsFlag[]
      /**
       * Options of the filesystem, SPEC: tmpfs(5): size, mode, uid, …; the default mode is that of the directory there,
       * or 1777.
       */
      readonly options?: readonly (readonly [string, string])[]
      readonly target: string
    }
  /** A tree of layers, read-only or with a temporary upper directory; `subpath` within it. */
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
 * Statuses: network, then result; only a warning before the result if no helper program can connect it.
 */
export interface NetworkRequest {
  /** Addresses of the host that lead commands only to themselves. */
  readonly hiddenAddresses?: readonly string[]
  /** Commands can reach the host's loopback, at the address in the status. */
  readonly reachesHost?: boolean
}

export interface NoticedFiles {
  readonly count: number
  /** The first few names. */
  readonly first: readonly string[]
}

/**
 * Reads a layer in any form and writes it as a stream: computes the diff ID, and writes a blob if `output` is given. A
 * tree is packed as the difference from its base (directories with unchanged metadata have no entry, parents of changed
 * files do).
 */
export interface PackLayerRequest {
  readonly base: readonly LayerSource[]
  /** Entry index for the written tar; only with an uncompressed output. */
  readonly index?: string
  readonly layer: PackSource
  /** The layer belongs to a running container: files that vanish while they are read are left out. */
  readonly live?: boolean
  readonly maxMtimeSeconds?: number
  readonly output?: PackOutput
}

export interface PackLayerResult {
  readonly contentBytes: number
  readonly diffId: string
  /** Digest of the written output. */
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
  /** The index is not needed: the archive is read sequentially. */
  | {
      readonly kind: 'tar'
      readonly path: string
    }
  | {
      readonly kind: 'blob'
      readonly path: string
    }
  /** A complete tree, packed as the difference from the survey, which is then updated. */
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
 * Listens on the host before the command starts. Host port 0: any free port. With `last`: the first free port of the
 * range. Without an address: all, IPv4 and IPv6.
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
  /** What was found, as a sentence. */
  readonly found: string
  /** What to do if `ok` is false or `limited` is true. */
  readonly hint?: string
  /** Building and running are possible, but a feature is missing. */
  readonly limited?: boolean
  readonly name: string
  /** False if building and running are not possible. */
  readonly ok: boolean
}

/** What this machine supports; for `tsbuild doctor`. */
export interface ProbeRequest {
  /** Directory in which overlays are tried, on the filesystem of the store. Default: /var/tmp or /tmp. */
  readonly directory?: string
}

export interface ProbeResult {
  readonly cgroup: CgroupMode
  readonly checks: readonly ProbeCheck[]
  /** Steps can run only in a plain chroot. */
  readonly chroot: boolean
  readonly kernel: string
  readonly overlay: boolean
  /** Why no step can run; absent if steps can run. */
  readonly refusal?: string
  /** Overlays cannot be mounted, but steps can run in a copy of their layers. */
  readonly tree: boolean
}

export interface ProcessSpec {
  readonly addCapabilities?: readonly string[]
  readonly argv: readonly string[]
  readonly cwd: string
  readonly dropCapabilities?: readonly string[]
  /** `KEY=value`. HOME is added from the root's passwd file if missing. */
  readonly env: readonly string[]
  /** Groups in addition to those of the user: names in the root's group file, or numbers. */
  readonly groups?: readonly string[]
  readonly noNewPrivileges?: boolean
  readonly oomScoreAdj?: number
  /**
   * A working directory that has to be created, with its parents, belongs to the user, as for steps of docker build;
   * otherwise to root.
   */
  readonly ownsNewCwd?: boolean
  readonly rlimits?: readonly Rlimit[]
  /** Docker's JSON document of a seccomp profile, instead of the default one. SANDBOX_SECCOMP if it cannot be enforced. */
  readonly seccompProfile?: string
  /** Mounts that the host adds later appear inside. Without a device cgroup, MKNOD is not a default capability. */
  readonly seesHostMounts?: boolean
  /** Descriptor 0 is a terminal of the caller: give the command a private terminal and relay (resize on SIGWINCH). */
  readonly terminal?: boolean
  /** No seccomp filter, whatever `security` is. */
  readonly unfiltered?: boolean
  /** Docker's USER syntax: `user`, `uid`, `user:group`, `uid:gid`; names are looked up in the root's files. */
  readonly user: string
}

/**
 * The PID namespace; default private. The others require a `cgroup`, which kills all processes of the command when its
 * first process ends: SANDBOX_CGROUP if none can do this. Joining includes the user namespace.
 */
export type Processes =
  | 'private' | 'host'
  | {
      readonly join: LivingProcess
    }

/** Whether mounts below the source later appear on the other side. SPEC: mount_namespaces(7) */
export type Propagation = 'shared' | 'rshared' | 'slave' | 'rslave'

export interface ReadFile {
  /** Where its bytes begin in the output. */
  readonly offset: number
  readonly path: string
  /** Section of a program; absent: the whole file. */
  readonly section?: string
  readonly sizeBytes: number
}

/**
 * Reads selected files of the merged layers, and sections of ELF programs among them, into one file. Links are not
 * followed. Files that cannot be read or exceed the limits are reported and do not stop the request.
 */
export interface ReadFilesRequest {
  readonly layers: readonly LayerSource[]
  readonly maxFileBytes: number
  readonly maxTotalBytes: number
  /** Receives the contents of all files, concatenated. */
  readonly output: string
  /** As in an ignore file; a matching directory selects nothing below it. */
  readonly patterns: readonly string[]
  /** Sections of executable regular files. */
  readonly sections: readonly string[]
}

export interface ReadFilesResult {
  /** In the order of the tree. */
  readonly files: readonly ReadFile[]
  readonly unread: readonly UnreadFile[]
}

/** Writes the data of a connection, descriptor 0, to an existing file. `progress` is the size of the file. */
export interface ReceiveBytesRequest {
  /** A connection that transfers nothing, or almost nothing, for this time is closed. */
  readonly idleMs: number
  readonly path: string
  /** Offset in the file at which the bytes are written. */
  readonly position: number
  readonly sizeBytes: number
}

export interface ReceiveBytesResult {
  /** Fewer than requested if the connection ended early. */
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

/** Each process handles one request. */
export type Request =
  | { readonly verb: 'lock' } & LockRequest
  | { readonly verb: 'probe' } & ProbeRequest
  | { readonly verb: 'digest' } & DigestRequest
  | { readonly verb: 'write-layer' } & WriteLayerRequest
  | { readonly verb: 'pack-layer' } & PackLayerRequest
  | { readonly verb: 'uncompress' } & UncompressRequest
  | { readonly verb: 'unpack-layer' } & UnpackLayerRequest
  | { readonly verb: 'follow-blob' } & FollowBlobRequest
  | { readonly verb: 'receive-bytes' } & ReceiveBytesRequest
  | { readonly verb: 'flatten' } & FlattenRequest
  | { readonly verb: 'advance' } & AdvanceRequest
  | { readonly verb: 'list-files' } & ListFilesRequest
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

/** The root of a command, for reading or changing its files from outside. */
export type RootSpec =
  /** As the process sees it, with all its mounts. */
  | {
      readonly kind: 'process'
      readonly pid: number
      readonly startTicks: number
    }
  /** Mounted for this request only. */
  | {
      readonly kind: 'layers'
      readonly mounts: readonly Mount[]
      readonly rootfs: Rootfs
    }

export interface Rootfs {
  /** Overlay directories, top first. Any number is supported (short paths, `lowerdir+`). */
  readonly lowers?: readonly string[]
  readonly readOnly?: boolean
  /**
   * A complete tree for this command alone, if no overlay can be mounted: the command changes it directly. Excludes the
   * directories of an overlay.
   */
  readonly tree?: string
  /** Absent: the root is mounted read-only with no upper. */
  readonly upper?: string
  /**
   * The upper is not flushed to disk when the command ends: much faster, for trees that are rebuilt after a power
   * failure. The work directory can then be used by one command only.
   */
  readonly volatile?: boolean
  readonly work?: string
}

/**
 * Runs one command in a plain chroot, for containers that allow neither namespaces nor mounts. Its changes are found by
 * comparing the tree with the survey (`changed-tree`). Refused: networks other than the host's, limits, `insecure`,
 * read-only bind mounts, options of tmpfs. Sources of bind mounts are moved into the tree while the command runs: they
 * must be in its filesystem.
 */
export interface RunInTreeRequest {
  /** `run.rootfs` is ignored. */
  readonly run: RunRequest
  /** An empty directory in the same filesystem, for files that are moved aside temporarily. */
  readonly stash: string
  /** The complete root filesystem, for this command only. */
  readonly tree: string
}

/** Runs one command in a new sandbox and waits for it. Statuses: started, then exited or failed. */
export interface RunRequest {
  /** Allow opening the host's console, as in docker's containers. */
  readonly allowsConsole?: boolean
  readonly cgroup?: CgroupSpec
  readonly cgroupns?: CgroupView
  /**
   * Further device rules, such as `c 10:229 rwm`. Refused without a device cgroup (SANDBOX_CGROUP), as is a device that
   * is not both readable and writable.
   */
  readonly deviceRules?: readonly string[]
  readonly devices?: readonly Device[]
  /** The NIS domain name; /etc/hosts also names the host with it. */
  readonly domainname?: string
  /**
   * Added to the container's /etc/hosts, as `[address, name]`. The address `host-gateway` stands for the host: a private
   * network then reaches its loopback at that address. Names are omitted if the network does not reach the host.
   */
  readonly extraHosts?: readonly (readonly [string, string])[]
  /** Absent: hosts, hostname and resolv.conf are held in memory. */
  readonly hostFiles?: HostFileSpec
  /** What `host-gateway` stands for in a joined network. */
  readonly hostGateway?: string
  readonly hostname: string
  /**
   * A small init as PID 1 that reaps processes and forwards signals. Default true; if false, or with `pid`, the command
   * has no init.
   */
  readonly init?: boolean
  readonly ipc?: Ipc
  /** Created mount points remain: the root is used again. */
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
  /** Size of /dev/shm; default 64 MiB. */
  readonly shmSizeBytes?: number
  /** Sysctls of network and IPC namespaces as `[name, value]`; refused if the namespace is shared. */
  readonly sysctls?: readonly (readonly [string, string])[]
  /** No masked and no read-only paths. */
  readonly unmaskedPaths?: boolean
  /**
   * Only if IDs are the host's: the command gets a user namespace with these IDs. Layers and bind mounts are ID-mapped,
   * so that files keep their owners on disk. Absent: the IDs of the host.
   */
  readonly users?: UserRange
  readonly uts?: Uts
}

/**
 * Searches layers and texts for values, in the encodings in which they get into images (plain, hexadecimal, base64, URL
 * and JSON), and for keys of known formats. Each layer is searched separately: files that a later layer deletes are still
 * in the image. The result contains locations and kinds, never the secrets.
 */
export interface ScanSecretsRequest {
  readonly layers: readonly LayerSource[]
  readonly maxFindings: number
  readonly texts: readonly string[]
  readonly valuesBase64: readonly string[]
}

export interface ScanSecretsResult {
  /** Compressed files that were searched only up to a limit. */
  readonly cut: readonly UnscannedFile[]
  /** Including findings beyond `maxFindings`. */
  readonly findingCount: number
  readonly findings: readonly SecretFinding[]
  readonly scannedBytes: number
  readonly unread: readonly UnscannedFile[]
}

export interface SecretFinding {
  /** Index in the request's list of layers. */
  readonly layer?: number
  readonly offset: number
  readonly path?: string
  readonly pattern?: string
  /** The fixed prefix of the pattern, such as `ghp_`. */
  readonly shown?: string
  /** Index in the request's list of texts. */
  readonly text?: number
  /** Index in the request's list of values. */
  readonly value?: number
}

/** Default: Docker's masked and read-only paths, default capabilities and seccomp profile. `insecure` removes all of these. */
export type Security = 'default' | 'insecure'

/** Which files of a source an action selects, by the rules of COPY. */
export interface Selection {
  /** Patterns relative to each source path that exclude files (`--exclude`). */
  readonly exclude?: readonly string[]
  /** With `parents`, for plain paths without pivot: also copy links on the path and their targets within the source. */
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
  /** The network is connected: the process to join, and the /etc/resolv.conf for processes that join. */
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
  /** The last line of any other request. */
  | {
      readonly kind: 'result'
      readonly result: unknown
    }
  /** The last line of a request that failed. */
  | {
      readonly kind: 'failed'
      readonly code: string
      readonly errno?: string
      readonly hint?: string
      readonly message: string
    }

/**
 * Starts a command and supervises it: keeps its log and state in files, serves `attach.sock`, forwards ports. Statuses:
 * started or failed; then descriptor 4 is closed and the process lives as long as the command.
 */
export interface SuperviseRequest {
  /** Descriptor 5 is the connection of the first client. */
  readonly attached: boolean
  /** Existing directory in which state.json, log.json, lock and attach.sock are created. */
  readonly directory: string
  /** Where start, kill, oom, die, destroy, pauses for a client and changes of health are reported. */
  readonly events: EventLog
  readonly health?: HealthRequest
  /** Absent: the output is not stored. */
  readonly log?: LogLimits
  readonly openStdin: boolean
  readonly ports: readonly PortRequest[]
  /**
   * Removed when the command is not restarted any more: `directory` with its content, links that still point to its
   * name, and directories that no config.json in its directory names.
   */
  readonly removeAfterwards: readonly string[]
  readonly restart: RestartPolicy
  /** With `process.terminal` the command gets a private terminal, whose master the supervisor holds. */
  readonly run: RunRequest
  /** Close the command's stdin when the client that is connected to it ends it or disconnects. */
  readonly stdinOnce: boolean
  /** Sent to the command on SIGTERM to the supervisor. */
  readonly stopSignal: number
  /** 4294967295 waits forever. */
  readonly stopTimeoutMs: number
}

/** `dev` requires a cgroup that controls devices, or that other mounts expose devices as well. */
export type TmpfsFlag = 'ro' | 'noexec' | 'suid' | 'dev' | 'sync' | 'dirsync' | 'noatime' | 'nodiratime' | 'strictatime'

/** Reads an archive, compressed or not, from descriptor 0 and writes its uncompressed bytes to descriptor 1. */
export type UncompressRequest = Readonly<Record<string, unknown>>

export interface UncompressResult {
  readonly sizeBytes: number
}

/** Creates an overlay tree from a layer blob (compression found by content). The tree is complete or absent. */
export interface UnpackLayerRequest {
  /** For directories and hard link targets that the archive does not contain. */
  readonly base: readonly LayerSource[]
  readonly blob: string
  /** Compared with the digest of the uncompressed bytes, if given. */
  readonly expectDiffId?: string
  /** Compared with the digest of the stored bytes, if given. */
  readonly expectDigest?: string
  /** The blob is still being written: its size is announced as for `follow-blob`. */
  readonly growing?: boolean
  readonly limits?: UnpackLimits
  /** The archive is not a layer: a name such as `.wh.x` is a plain file name. */
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

/** Range of host IDs; the first is 0 inside. */
export interface UserRange {
  readonly count: number
  readonly gid: number
  readonly uid: number
}

/** Default private; with `host`, the host name is not set. */
export type Uts = 'private' | 'host'

/** Writes one layer as a tar directly from its sources, without creating a tree. */
export interface WriteLayerRequest {
  readonly actions: readonly FileAction[]
  /** The layers below: destinations, owners by name and existing directories are looked up here. */
  readonly base: readonly LayerSource[]
  readonly index: string
  /** Later times are clamped to this one (rewrite-timestamp), in seconds. */
  readonly maxMtimeSeconds?: number
  readonly tar: string
  /** Hash the tar while it is written. */
  readonly wantDiffId: boolean
}

export interface WriteLayerResult {
  /** Total size of its files. */
  readonly contentBytes: number
  /** Present if requested. */
  readonly diffId?: string
  /** 0 if nothing changed and no layer is needed. */
  readonly entryCount: number
  /** Names such as `.wh.x` are literal names of files, not whiteouts. */
  readonly hasWhiteoutNames?: boolean
  /** Files changed since the stamp of the request, or while they were read. */
  readonly isOutdated?: boolean
  readonly sizeBytes: number
}
