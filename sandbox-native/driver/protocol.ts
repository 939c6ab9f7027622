/**
 * What the driver and the native binary say to each other. One process serves one request: the request is one JSON
 * document on descriptor 3, status comes back as JSON lines on descriptor 4, and descriptors 0, 1 and 2 belong to the
 * command (or, for tree work, to nobody). sandbox-native/PROTOCOL.md explains the same in words; src/request.rs is
 * the other side.
 */
export const PROTOCOL_VERSION = 1

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
  | FlattenRequest
  | RemoveRequest
  | DiffRequest
  | LockRequest
  | ProbeRequest

export interface Envelope {
  readonly version: typeof PROTOCOL_VERSION
  readonly idMapping: IdMapping
  readonly request: Request
}

// ---------------------------------------------------------------- layers and trees as the binary sees them

/** One layer, given by its form. Lists of layers are always ordered top first. */
export type LayerSource =
  /** An overlay directory: deletions are character devices 0:0, opaque directories carry the overlay xattr. */
  | { readonly kind: 'tree'; readonly path: string }
  /** An uncompressed layer tar with the entry index that write-layer put beside it. */
  | { readonly kind: 'tar'; readonly path: string; readonly index: string }

/** Where files are taken from. Paths of selections are resolved beneath it and can't leave it. */
export type FileSource =
  | {
      readonly kind: 'directory'
      readonly root: string
      /** Cleaned .dockerignore patterns in file order, `!` in front of exceptions. Applied during the walk. */
      readonly ignore: readonly string[]
      /** File that keeps (size, mtime ns, ctime ns, inode) to content digest between builds. */
      readonly statCache?: string
    }
  | { readonly kind: 'layers'; readonly layers: readonly LayerSource[] }

/** Which files of a source an action takes, by the rules of COPY. */
export interface Selection {
  /** Paths or Go filepath.Match patterns, relative to the source's root. */
  readonly paths: readonly string[]
  /** Patterns relative to each source path that leave files out (`--exclude`). */
  readonly exclude?: readonly string[]
  /** Keep parent directories (`--parents`), with `/./` as pivot. */
  readonly parents?: boolean
  /** Unpack sources that are archives by content (plain, gzip, bzip2, xz, zstd tar). */
  readonly unpackArchives?: boolean
}

// ---------------------------------------------------------------- run

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
  /** A small init as pid 1 that reaps and hands signals on. Default true; else the command is pid 1. */
  readonly init?: boolean
  /** Of /dev/shm; default 64 MiB. */
  readonly shmSizeBytes?: number
}

export interface Rootfs {
  /** Overlay directories, top first. Many lowers are handled (short paths, `lowerdir+`). */
  readonly lowers: readonly string[]
  /** Absent: the root is mounted read-only with no upper. */
  readonly upper?: string
  readonly work?: string
  readonly readOnly?: boolean
  /**
   * The upper is not written out to disk when the command ends: much faster, for trees that are made anew after a
   * power failure. The work directory then serves one command only.
   */
  readonly volatile?: boolean
}

/**
 * Mounted in order, targets resolved beneath the new root. Mount points that had to be made are removed afterwards
 * and never stay in the upper directory.
 */
export type Mount =
  | {
      readonly kind: 'bind'
      readonly source: string
      readonly target: string
      readonly readOnly?: boolean
      readonly recursive?: boolean
    }
  /** A file with the given content, held in memory (secrets, hosts, CA bundles). Content is base64. */
  | {
      readonly kind: 'file'
      readonly target: string
      readonly contentBase64: string
      readonly mode: number
      readonly uid: number
      readonly gid: number
    }
  /** Files of the host as one, a line end behind each, held in memory. Owner root. */
  | {
      readonly kind: 'joined-files'
      readonly target: string
      readonly sources: readonly string[]
      readonly mode: number
    }
  | {
      readonly kind: 'tmpfs'
      readonly target: string
      readonly readOnly?: boolean
      readonly sizeBytes?: number
      readonly mode?: number
      readonly uid?: number
      readonly gid?: number
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

export interface ProcessSpec {
  readonly argv: readonly string[]
  /** `KEY=value`. HOME is added from the root's passwd file where missing. */
  readonly env: readonly string[]
  readonly cwd: string
  /** Docker's USER syntax: `user`, `uid`, `user:group`, `uid:gid`; names are looked up in the root's files. */
  readonly user: string
  /** Descriptor 0 is a terminal of the caller: give the command a terminal of its own and relay (resize on SIGWINCH). */
  /** The own group is not among the supplementary ones, as for steps of docker build. */
  readonly listsOtherGroups?: boolean
  readonly terminal?: boolean
  readonly addCapabilities?: readonly string[]
  readonly dropCapabilities?: readonly string[]
  readonly noNewPrivileges?: boolean
  readonly rlimits?: readonly { readonly name: string; readonly soft: number; readonly hard: number }[]
}

export type Network =
  | { readonly kind: 'none' }
  | { readonly kind: 'host' }
  /** An own namespace, with outbound access through pasta or slirp4netns where present. */
  | { readonly kind: 'private' }
  /** The namespace of another process. A `run` joins its user namespace too, unless ids are the host's. */
  | { readonly kind: 'join'; readonly pid: number }

/**
 * Makes a private network for commands to join and holds it until SIGTERM or until nobody reads the statuses. Statuses:
 * network, then result; only a warning before the result where no helper program can connect one.
 */
export interface NetworkRequest {
  readonly verb: 'network'
  /** The host's loopback can be reached, at the address that the status tells. */
  readonly reachesHost?: boolean
}

export interface CgroupSpec {
  /** Unique name; made below the caller's own delegated cgroup (or `tsbuild` at the top for root) and removed after. */
  readonly name: string
  /** Existing directory from the top of the hierarchies to make it in instead, such as `/builds`. */
  readonly parent?: string
  readonly memoryBytes?: number
  readonly memoryReservationBytes?: number
  readonly memorySwapBytes?: number
  readonly cpus?: number
  /** Over which `cpus` is counted; default 100,000. */
  readonly cpuPeriodUs?: number
  readonly cpuShares?: number
  readonly cpusetCpus?: string
  readonly cpusetMems?: string
  readonly pidsMax?: number
}

// ---------------------------------------------------------------- supervise

/**
 * Starts a command and stays with it: keeps its log and state in files, serves `attach.sock`, forwards ports. Statuses:
 * started or failed; then descriptor 4 is closed and the process lives as long as the command.
 */
export interface SuperviseRequest {
  readonly verb: 'supervise'
  /** Exists; state.json, log.json, lock and attach.sock are made in it. */
  readonly directory: string
  /** With `process.terminal` the command gets a terminal of its own, whose other end the supervisor holds. */
  readonly run: Omit<RunRequest, 'verb'>
  readonly openStdin: boolean
  /** Close the command's stdin when the client that feeds it goes away. */
  readonly stdinOnce: boolean
  /** Descriptor 5 is the connection of the first client. */
  readonly attached: boolean
  readonly ports: readonly PortRequest[]
  /** Absent: the output is kept nowhere. */
  readonly log?: { readonly maxSizeBytes?: number; readonly maxFiles: number }
  /** What SIGTERM to the supervisor means for the command. */
  readonly stopSignal: number
  /** 4294967295 waits for ever. */
  readonly stopTimeoutMs: number
  readonly restart:
    | { readonly name: 'no' | 'always' | 'unless-stopped' }
    | { readonly name: 'on-failure'; readonly maximumRetries?: number }
  readonly health?: HealthRequest
  /** Where start, kill, oom, die, destroy and changes of health are told (docs/events.md), and as whose. */
  readonly events: {
    readonly directory: string
    readonly id: string
    readonly attributes: Readonly<Record<string, string>>
  }
  /**
   * Directories that are removed with all they hold when the command has ended for good, and links that are removed if
   * they still point to the name of `directory`.
   */
  readonly removeAfterwards: readonly string[]
}

/** A further command that is run again and again, as `exec` runs it: its exit code 0 means that all is well. */
export interface HealthRequest {
  readonly process: ProcessSpec
  readonly security: NonNullable<RunRequest['security']>
  /** From the end of one check to the start of the next. Only checks while the command is not frozen. */
  readonly intervalMs: number
  readonly timeoutMs: number
  /** Failures that begin so soon after the start do not count, until a check has succeeded. */
  readonly startPeriodMs: number
  /** Instead of `intervalMs`, meanwhile. */
  readonly startIntervalMs: number
  /** Failures in a row until it is unhealthy. */
  readonly retries: number
}

/**
 * Runs a further command beside the first process of a supervised one: in its namespaces, on its root, under its
 * limits. Statuses as for `run`.
 */
export interface ExecRequest {
  readonly verb: 'exec'
  readonly pid: number
  /** Clock ticks since boot at which that process started: it must still be the same one. */
  readonly startTicks: number
  /** Directories of its cgroup, as state.json names them. */
  readonly cgroup: readonly string[]
  readonly process: ProcessSpec
  readonly security?: RunRequest['security']
  /** Keys that, typed on a terminal, leave the command running: `exited` says that it is detached. */
  readonly detachKeys?: readonly number[]
  /** Say `started` and stay with the command whoever reads the statuses; none follow. */
  readonly detached?: boolean
}

/** Changes the limits of a command that runs; limits that are absent stay. */
export interface LimitRequest {
  readonly verb: 'limit'
  /** Directories, as state.json names them. */
  readonly cgroup: readonly string[]
  readonly limits: CgroupSpec
}

/** Takes away what a command left behind whose supervisor was killed: processes in these cgroups, and the cgroups. */
export interface ReleaseRequest {
  readonly verb: 'release'
  /** Directories, as state.json names them. */
  readonly cgroup: readonly string[]
}

/** Listens on the host before the command starts. Host port 0: any free one; no address: every one, IPv4 and IPv6. */
export interface PortRequest {
  readonly protocol: 'tcp' | 'udp'
  readonly containerPort: number
  readonly hostPort: number
  readonly hostIp?: string
}

// ---------------------------------------------------------------- tree work

/** Content digests (`blake3:<hex>`) of selections: names, bytes, modes, ids, xattrs and link targets enter, mtime does not. */
export interface DigestRequest {
  readonly verb: 'digest'
  readonly items: readonly {
    readonly source: FileSource
    readonly selection: Selection
    /**
     * Directory that exists: gains `<hex of the digest>.manifest`, one `path<TAB>digest` line a file, sorted, so that two
     * builds can be compared. A manifest that is there already stays and counts as used now.
     */
    readonly manifestDirectory?: string
  }[]
  /** Descriptor 5 is locked first, shared, and stays so. */
  readonly lock?: boolean
}

export interface DigestResult {
  readonly items: readonly (
    | { readonly digest: string; readonly fileCount: number; readonly sizeBytes: number }
    /** Nothing matched: the first path or pattern without a match. */
    | { readonly missing: string; readonly isIgnored: boolean; readonly suggestion?: string }
  )[]
}

/** Writes one layer as a tar straight from its sources, without making a tree. */
export interface WriteLayerRequest {
  readonly verb: 'write-layer'
  /** What lies below the new layer: destinations, owners by name and existing directories are looked up here. */
  readonly base: readonly LayerSource[]
  readonly actions: readonly FileAction[]
  readonly tar: string
  readonly index: string
  /** Hash the tar while it is written. */
  readonly wantDiffId: boolean
  /** Later times are set back to this one (rewrite-timestamp), in seconds. */
  readonly maxMtimeSeconds?: number
}

export type FileAction =
  | {
      readonly kind: 'copy'
      readonly source: FileSource
      readonly selection: Selection
      /** Absolute; a trailing slash means a directory. */
      readonly to: string
      /** Docker's --chown syntax; absent: 0:0. `keep`: the source's ids stay. */
      readonly owner?: string
      readonly mode?: string
      /** Place on an empty root: no lookup of links in the base (`--link`). */
      readonly link?: boolean
    }
  | {
      readonly kind: 'mkdir'
      readonly path: string
      readonly mode: number
      readonly owner?: string
      readonly mtimeSeconds?: number
    }
  | {
      readonly kind: 'mkfile'
      readonly path: string
      readonly contentBase64: string
      readonly mode: string
      readonly owner?: string
      readonly mtimeSeconds?: number
    }
  | { readonly kind: 'rm'; readonly path: string; readonly allowMissing: boolean }

export interface WriteLayerResult {
  /** Absent unless asked for. */
  readonly diffId?: string
  readonly sizeBytes: number
  /** 0 means that nothing changed: there need be no layer. */
  readonly entryCount: number
  /** Of its files. */
  readonly contentBytes: number
}

/**
 * Reads a layer in any form and writes it as a stream: the diff id, and a blob if `output` is given. A tree is packed
 * as the difference to its base (directories whose metadata did not change leave no entry of their own, parents of
 * changed files are included).
 */
export interface PackLayerRequest {
  readonly verb: 'pack-layer'
  readonly layer: LayerSource | { readonly kind: 'blob'; readonly path: string }
  readonly base: readonly LayerSource[]
  readonly output?: { readonly path: string; readonly compression: Compression; readonly level?: number }
  /** Entry index for the written tar; only with an uncompressed output. */
  readonly index?: string
  readonly maxMtimeSeconds?: number
}

export type Compression = 'none' | 'gzip' | 'zstd'

export interface PackLayerResult {
  readonly diffId: string
  readonly sizeBytes: number
  readonly entryCount: number
  readonly contentBytes: number
  /** Of the written output. */
  readonly digest?: string
  readonly outputSizeBytes?: number
}

/** Makes an overlay tree from a layer blob (compression found by content). The tree is complete or absent. */
export interface UnpackLayerRequest {
  readonly verb: 'unpack-layer'
  readonly blob: string
  /** Verified against the bytes as stored, if given. */
  readonly expectDigest?: string
  /** Verified against the uncompressed bytes, if given. */
  readonly expectDiffId?: string
  readonly tree: string
  /** For directories and hard-link targets that the archive does not bring itself. */
  readonly base: readonly LayerSource[]
  readonly limits?: { readonly maxBytes?: number; readonly maxEntries?: number }
  /** The archive is no layer: a name such as `.wh.x` is that of a file. */
  readonly literalNames?: boolean
}

export interface UnpackLayerResult {
  readonly diffId: string
  readonly sizeBytes: number
  readonly entryCount: number
  readonly contentBytes: number
}

/** Merges layers into one filesystem: a tar (no whiteouts), or a directory. */
export interface FlattenRequest {
  readonly verb: 'flatten'
  readonly layers: readonly LayerSource[]
  readonly output: /** With `directory` everything is below a directory of that name. The archive ends with two empty blocks and no more. */
    | { readonly kind: 'tar'; readonly path: string; readonly directory?: string }
    /** Files are the caller's, or with `keepOwners` those of the ids in the layers, and the directory is like theirs. */
    | { readonly kind: 'directory'; readonly path: string; readonly keepOwners?: boolean }
  /** Restrict to one path of the merged tree. */
  readonly subpath?: string
  readonly maxMtimeSeconds?: number
}

/**
 * Copies files between the host and another root, by the rules of `docker cp`. Links of either side are followed within
 * it; a file that is in the way is replaced, a directory is not.
 */
export interface CopyRequest {
  readonly verb: 'copy'
  readonly root: /** As the process sees it, with all its mounts. */
    | { readonly kind: 'process'; readonly pid: number; readonly startTicks: number }
    /** Mounted for this work alone. */
    | { readonly kind: 'layers'; readonly rootfs: Rootfs; readonly mounts: readonly Mount[] }
  readonly direction: 'in' | 'out'
  /** Within the root. */
  readonly path: string
  /** Absolute. Absent: a tar, read from descriptor 0 or written to descriptor 1. */
  readonly hostPath?: string
  /** If the source is a link: what it points to. */
  readonly followLink?: boolean
  /** Whom files belong to that are copied in, in Docker's syntax; absent: ids stay. Copied out they are the caller's. */
  readonly owner?: string
  /** Directories of the root that seem to be empty. */
  readonly hidden?: readonly string[]
}

export interface CopyResult {
  /** As a tar. */
  readonly sizeBytes: number
}

/** What an overlay tree changes in the layers below it, as `docker diff` tells it: sorted, directories before their content. */
export interface DiffRequest {
  readonly verb: 'diff'
  readonly tree: string
  readonly base: readonly LayerSource[]
}

export interface DiffResult {
  readonly changes: readonly { readonly kind: 'A' | 'C' | 'D'; readonly path: string }[]
}

/** Removes trees whatever their owners and modes. Missing paths are fine. */
export interface RemoveRequest {
  readonly verb: 'remove'
  readonly paths: readonly string[]
}

/** Locks descriptor 5, which the caller keeps open: the lock is the caller's and dies with it. */
export interface LockRequest {
  readonly verb: 'lock'
  readonly mode: 'shared' | 'exclusive'
  /** Answer `{ locked: false }` instead of waiting. */
  readonly tryOnly: boolean
}

export interface LockResult {
  readonly locked: boolean
}

/** What this machine allows; for `tsbuild doctor`. */
export interface ProbeRequest {
  readonly verb: 'probe'
}

export interface ProbeResult {
  readonly checks: readonly {
    readonly name: string
    readonly ok: boolean
    /** What was found, in a sentence. */
    readonly found: string
    /** What to do where it is not ok. */
    readonly hint?: string
  }[]
  readonly cgroup: 'v2' | 'v1' | 'hybrid' | 'none'
  readonly overlay: boolean
  readonly kernel: string
}

// ---------------------------------------------------------------- status lines

export type Status =
  | { readonly kind: 'started'; readonly pid: number }
  /** The network is connected: the process to join, and the /etc/resolv.conf for those that do. */
  | { readonly kind: 'network'; readonly pid: number; readonly resolvConf: string; readonly hostGateway?: string }
  | { readonly kind: 'progress'; readonly doneBytes: number; readonly totalBytes?: number }
  | { readonly kind: 'warning'; readonly message: string }
  | {
      readonly kind: 'exited'
      /** 128 + signal if killed by one. 126 and 127 as a shell would give them for a command that can't be started. */
      readonly exitCode: number
      readonly signal?: string
      readonly oomKilled: boolean
      /** It has not ended, but was left running. */
      readonly isDetached?: boolean
      readonly usage: ResourceUsage
    }
  /** The last line of a tree verb. */
  | { readonly kind: 'result'; readonly result: unknown }
  /** The last line of anything that could not be done. */
  | {
      readonly kind: 'failed'
      readonly code: string
      readonly message: string
      readonly hint?: string
      readonly errno?: string
    }

export interface ResourceUsage {
  readonly wallUs: number
  readonly cpuUserUs: number
  readonly cpuSystemUs: number
  readonly peakMemoryBytes?: number
  readonly readBytes?: number
  readonly writtenBytes?: number
}
