import type { SourceRange } from '../../../parser/index.ts'

/**
 * The instruction graph, modeled on BuildKit's LLB so that both can be read side by side. An operation is plain data
 * with a canonical encoding (JSON, keys sorted); the digest of that with the digests of its inputs is its identity.
 *
 * The comment of each kind names its equivalent in LLB (`pb` of BuildKit's solver); a node's inputs are `pb.Op.inputs`,
 * its name is the description `llb.customname`, its range the source location, `ignoreCache` that of `pb.OpMetadata`.
 */
export type Operation = SourceOperation | ExecOperation | FileOperation | MergeOperation | DiffOperation

/**
 * LLB: `SourceOp`, identifier `docker-image://`, `oci-layout://`, `local://`, `git://url#reference:subdirectory` or the
 * URL itself, the rest as attributes (`git.keepgitdir`, `git.checksum`, `git.skipsubmodules`, `git.mtime`,
 * `git.fetchbycommit`, `http.filename`, `http.checksum`). A scratch source is not an operation in LLB but input -1.
 */
export type SourceOperation =
  | { readonly kind: 'source'; readonly source: 'image'; readonly reference: string; readonly platform: string }
  /** The build context or a named one; the file operations that read it select the files. */
  | { readonly kind: 'source'; readonly source: 'local'; readonly name: string }
  | {
      readonly kind: 'source'
      readonly source: 'git'
      readonly url: string
      readonly reference: string
      readonly subdirectory: string
      readonly keepGitDirectory: boolean
      /** Commit, or a prefix of one, that the reference must resolve to. */
      readonly checksum?: string
      /** False: skip submodules. */
      readonly submodules?: boolean
      /** Modification time of the files; default `checkout`. */
      readonly times?: 'checkout' | 'commit'
      /** Fetch the commit named by `checksum`, whatever the reference resolves to now. */
      readonly fetchByCommit?: true
    }
  | {
      readonly kind: 'source'
      readonly source: 'http'
      readonly url: string
      /** Name of the source's only file, in its root, mode 0600. */
      readonly filename: string
      readonly checksum?: string
    }
  | { readonly kind: 'source'; readonly source: 'scratch' }

/**
 * Runs a command on its first input; the others are mounted.
 *
 * LLB: `ExecOp`; argv, env, cwd, user and hostname are its `Meta`, network and security its own fields, the first input
 * the mount at `/`. Scripts are a read-only mount of `/dev/pipes` there, created by a `FileOp`.
 */
export interface ExecOperation {
  readonly kind: 'exec'
  readonly argv: readonly string[]
  readonly env: readonly string[]
  readonly cwd: string
  readonly user: string
  /** Default: the hostname common to all steps. */
  readonly hostname?: string
  readonly network: 'default' | 'none' | 'host'
  readonly security: 'sandbox' | 'insecure'
  readonly mounts: readonly ExecMount[]
  /** CDI devices as written; absent if there are none. LLB: `cdiDevices`. */
  readonly devices?: readonly DeviceRequest[]
  /** Platform of the command if it is not the machine's own: `linux/arm64`. LLB: `Op.platform`. */
  readonly platform?: string
  /** Executable files mounted for heredocs, by path. */
  readonly scripts?: readonly { readonly path: string; readonly content: string }[]
}

export interface DeviceRequest {
  readonly name: string
  /** If false, the command runs without the device where it is missing. */
  readonly required: boolean
}

/** LLB: `Mount`; `source` is its selector, `input` its input, and each type has options named after it. */
export type ExecMount =
  | {
      readonly type: 'bind'
      readonly input: number
      readonly source: string
      readonly target: string
      readonly writable: boolean
    }
  | {
      readonly type: 'cache'
      readonly id: string
      readonly input?: number
      readonly source: string
      readonly target: string
      readonly sharing: 'shared' | 'private' | 'locked'
      /**
       * Mount the directory /cache, created in the input; LLB: a `FileOp` in between. Absent: mount the source itself.
       */
      readonly directory?: { readonly mode: number; readonly uid: number; readonly gid: number }
      readonly readOnly: boolean
    }
  | { readonly type: 'tmpfs'; readonly target: string; readonly sizeBytes?: number; readonly readOnly?: true }
  | {
      readonly type: 'secret'
      readonly id: string
      readonly target?: string
      readonly env?: string
      readonly required: boolean
      readonly mode: number
      readonly uid: number
      readonly gid: number
    }
  | {
      readonly type: 'ssh'
      readonly id: string
      readonly target: string
      readonly required: boolean
      readonly mode: number
      readonly uid: number
      readonly gid: number
    }

/**
 * Changes files of its first input; copies read from the input they name.
 *
 * LLB: `FileOp`; each action works on the output of the previous one (`input` of the first is 0), a copy's `input` is
 * its secondary input. Parents of a destination are created; a copy follows symbolic links of its source within the
 * source and copies the contents of a directory, not the directory. `parents` becomes include patterns and
 * `requiredPaths` below the pivot.
 */
export interface FileOperation {
  readonly kind: 'file'
  readonly actions: readonly FileOperationAction[]
}

export type FileOperationAction =
  | {
      readonly action: 'copy'
      /** Index into the node's inputs. */
      readonly input: number
      /**
       * Absolute within the source; patterns unless `literal`. With `parents`, `/./` separates the dropped prefix from
       * what is kept.
       */
      readonly paths: readonly string[]
      /** The paths are names, not patterns. */
      readonly literal?: true
      readonly exclude: readonly string[]
      /** Absolute; a trailing slash means a directory. */
      readonly to: string
      readonly owner?: string
      readonly mode?: string
      readonly parents: boolean
      /** The destination follows no links: files are copied to an empty root and merged over the stage. */
      readonly link: boolean
      readonly unpackArchives: boolean
    }
  | { readonly action: 'mkdir'; readonly path: string; readonly mode: number; readonly owner?: string }
  | {
      readonly action: 'mkfile'
      readonly path: string
      readonly content: string
      readonly mode: string
      readonly owner?: string
    }
  | { readonly action: 'rm'; readonly path: string; readonly allowMissing: boolean }

/** Stacks the inputs, the first at the bottom. LLB: `MergeOp`. */
export interface MergeOperation {
  readonly kind: 'merge'
}

/** The second input without what the first contains. LLB: `DiffOp`, lower then upper. */
export interface DiffOperation {
  readonly kind: 'diff'
}

/** A node of the graph. Nodes with equal digests are the same node. */
export interface Node {
  /** Digest of the operation's canonical encoding and the digests of its inputs. */
  readonly digest: string
  readonly operation: Operation
  readonly inputs: readonly Node[]
  /** `[build 2/5] RUN make`. Not part of the digest. */
  readonly name: string
  readonly range?: SourceRange
  /** Never taken from the cache (`--no-cache`, `--no-cache-filter`). Not part of the digest. */
  readonly ignoreCache: boolean
  /** Environment names of the command that were declared by ARG. Not part of the digest. */
  readonly argumentNames?: readonly string[]
}
