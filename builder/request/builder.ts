import type { Descriptor, Digest, ImageReference, Platform } from '../../image-spec/index.ts'
import type { Annotation, CacheLocation, PullPolicy } from '../../images/index.ts'
import type { BuildTarget, Diagnostic, Outline, SourceRange } from '../../parser/index.ts'
import type { Limits, ResourceUsage, Rlimit } from '../../sandbox-native/driver/index.ts'
import type { BuildPlan } from '../plan/graph/build-plan.ts'
import type { Explanation } from './explanation.ts'
import type { Output } from './output.ts'
import type { Provenance, ProvenanceAttestation } from './provenance.ts'

/** Builds images for the command line, the server and API users. */
export interface Builder {
  /** Rejects with BuildError; everything finished so far stays cached. */
  build(request: BuildRequest): Promise<BuildResult>
  /** What `build` would do: resolves base images, runs and pulls nothing. */
  plan(request: BuildRequest): Promise<readonly PlatformPlan[]>
  /** Describes the Dockerfile without building it: errors, build checks, targets and the outline of the target. */
  describe(request: BuildRequest): Promise<DockerfileDescription>
}

/** The plan for one of the requested platforms. */
export interface PlatformPlan {
  /** `linux/arm64` */
  readonly platform: string
  readonly plan: BuildPlan
}

export interface DockerfileDescription {
  readonly source: { readonly name: string; readonly text: string }
  /** Errors of the parser and planner, and findings of build checks, whose codes are their names. */
  readonly diagnostics: readonly Diagnostic[]
  /** Descriptions of these build checks, by name. */
  readonly checks: Readonly<Record<string, { readonly description: string; readonly url: string }>>
  /** Absent if the text cannot be parsed. */
  readonly targets?: readonly BuildTarget[]
  /** Outline of the requested target; absent if the target does not exist. */
  readonly outline?: Outline
}

export interface BuildRequest {
  /** The caller resolves `-` for standard input. */
  readonly context: ContextSource
  /** Path relative to the context's root or absolute, or the text itself. Default `Dockerfile`, then `dockerfile`. */
  readonly dockerfile?: { readonly path: string } | { readonly text: string; readonly name: string }
  /**
   * SECURITY: for untrusted builds: the Dockerfile and its ignore file must be in the context, links included.
   * Otherwise a path or link can name any file of this machine, and an error shows its first lines. Always in force for
   * contexts other than directories.
   */
  readonly confineDockerfile?: boolean
  /** Every reference must have a tag. */
  readonly tags?: readonly ImageReference[]
  readonly buildArgs?: Readonly<Record<string, string>>
  readonly target?: string
  readonly noCache?: boolean
  /** Stages whose steps are not taken from the cache. */
  readonly noCacheFilter?: readonly string[]
  /** When to check the registry for base images; default `missing`. */
  readonly pull?: PullPolicy
  /** Default network for RUN steps without a --network flag. */
  readonly network?: 'default' | 'none' | 'host'
  readonly labels?: Readonly<Record<string, string>>
  /** For OCI outputs and pushes. */
  readonly annotations?: readonly Annotation[]
  /** Several platforms produce an index. Default: this machine's platform. */
  readonly platforms?: readonly Platform[]
  /** Default: the image is stored. An empty list only fills the cache. */
  readonly outputs?: readonly Output[]
  /** Remote caches, consulted in order if the store has no result. One that fails is skipped. */
  readonly cacheFrom?: readonly CacheLocation[]
  readonly cacheTo?: readonly CacheExport[]
  /** The image carries the cache of its steps (`type=inline`), for builds that name it in `cacheFrom`. */
  readonly inlineCache?: boolean
  /** Sources of cache mounts that the store does not have yet; the first one that has a mount fills it. */
  readonly cacheMountsFrom?: readonly CacheMountsImport[]
  readonly cacheMountsTo?: readonly CacheMountsExport[]
  readonly secrets?: Readonly<Record<string, { readonly file: string } | { readonly env: string }>>
  /** Agent sockets by id (`--ssh`). */
  readonly ssh?: Readonly<Record<string, string>>
  readonly buildContexts?: Readonly<Record<string, string>>
  /** Lines in /etc/hosts of steps, as `[name, address]`. */
  readonly extraHosts?: readonly (readonly [string, string])[]
  /** IP addresses that steps cannot reach, such as those of this machine and of the cloud's metadata service. */
  readonly hiddenAddresses?: readonly string[]
  /**
   * SECURITY: for untrusted builds: git reaches servers through this HTTP proxy only, over http and https. The proxy
   * decides which servers; it refuses one with the status 451.
   */
  readonly gitProxy?: string
  /** Entitlements granted to steps. */
  readonly allow?: readonly Entitlement[]
  /** Limits for every RUN step. */
  readonly limits?: StepLimits
  /** Seconds since the epoch. Default: the build argument SOURCE_DATE_EPOCH, or the default of a global ARG. */
  readonly sourceDateEpoch?: number
  /** Attach provenance to each image, in an index or, for outputs of files, in a file. */
  readonly attestProvenance?: ProvenanceAttestation
  /** Attach a package list (SBOM) to each image in the same way. */
  readonly attestSbom?: boolean
  /** Search new layers, configuration and history for secrets. Default: `warn` if an image is pushed, else `off`. */
  readonly scanSecrets?: SecretScan
  /** Also report the sources and parameters of the build, as `result.provenance`. */
  readonly reportsProvenance?: boolean
  /** Report for each step why the cache was used or missed, as `step-explained` events. */
  readonly explain?: boolean
  /** Series whose last build this one is compared with. Default: builds of the same Dockerfile in the same context. */
  readonly series?: string
  /** Called with the tags when the image is finished: outputs get those that it returns, and none without tags is pushed. */
  readonly chooseTags?: (tags: readonly string[]) => Promise<readonly string[]>
  /** A promise returned for a `step-log` pauses the output of that step until it resolves. */
  readonly onEvent?: (event: BuildEvent) => unknown
  readonly signal?: AbortSignal
}

/** `error`: write no output if a secret is found. */
export type SecretScan = 'warn' | 'error' | 'off'

/** A cache to write after a successful build. */
export interface CacheExport {
  readonly location: CacheLocation
  /** `min`: only layers of the result; `max`: layers of all steps. Keys are written for all steps. */
  readonly mode: 'min' | 'max'
  /** Report a cache that cannot be written as a warning. */
  readonly ignoreError?: boolean
  readonly compression?: 'none' | 'gzip' | 'zstd'
  readonly compressionLevel?: number
  /** Recompress layers that the cache has in another compression. */
  readonly forceCompression?: boolean
}

/** Cache mounts (`RUN --mount=type=cache`) filled by another machine. */
export interface CacheMountsImport {
  readonly location: CacheLocation
  /** Default: all. */
  readonly ids?: readonly string[]
  /** Limit for all archives together, uncompressed. */
  readonly maxBytes: number
}

/** Written after a successful build. Other mounts in the same place are kept. */
export interface CacheMountsExport extends CacheMountsImport {
  readonly ignoreError?: boolean
  readonly compression?: 'none' | 'gzip' | 'zstd'
  readonly compressionLevel?: number
}

/** `device`: every CDI device of this machine. */
export type Entitlement = 'network.host' | 'security.insecure' | 'device' | DeviceEntitlement

export interface DeviceEntitlement {
  /** `vendor.com/class=name`, `vendor.com/class=*`, or a class. */
  readonly device: string
  /** The only name by which the Dockerfile may request it. */
  readonly alias?: string
}

/** Limits of a step. Not part of cache keys. */
export interface StepLimits extends Limits {
  /** An existing cgroup, relative to the root of the hierarchies. */
  readonly cgroupParent?: string
  /** Size of /dev/shm. */
  readonly shmSizeBytes?: number
  readonly rlimits?: readonly Rlimit[]
  /** Default `host`. `auto`: run each step in a user namespace with its own IDs; layers are the same. */
  readonly userns?: 'host' | 'auto' | 'nomap'
}

export type ContextSource =
  | { readonly kind: 'directory'; readonly path: string }
  /** A tar stream, possibly compressed. */
  | { readonly kind: 'archive'; readonly stream: AsyncIterable<Uint8Array> }
  | { readonly kind: 'git'; readonly url: string }
  | { readonly kind: 'http'; readonly url: string }
  | { readonly kind: 'empty' }

export interface BuildResult {
  /** Image ID, if an output is an image; for several platforms this machine's, else the first. */
  readonly imageId?: string
  /** Digest of the written configuration, if it differs from the one in the store. */
  readonly writtenConfig?: Digest
  /** The manifest or index written (oci, docker, push). */
  readonly manifest?: Descriptor
  /** One per platform, if an output is an image. */
  readonly images: readonly { readonly id: string; readonly platform: string }[]
  /** What was pushed under each of the tags. */
  readonly pushed?: Descriptor
  readonly tags: readonly string[]
  /** `linux/arm64`, in the order requested. */
  readonly platforms: readonly string[]
  /** One per platform, if requested. */
  readonly provenance?: readonly Provenance[]
  readonly warnings: readonly BuildWarning[]
  readonly stepCount: number
  readonly cachedCount: number
}

export interface BuildWarning {
  readonly code: string
  readonly message: string
  readonly range?: SourceRange
  /** For findings of build checks: the sentence that states the rule. */
  readonly rule?: string
  /** For findings of build checks: the whole instruction. */
  readonly instructionRange?: SourceRange
  /** The text that ranges refer to. */
  readonly source?: { readonly name: string; readonly text: string }
}

/** Build events for terminal, logs, web page and API users. Times are milliseconds since the epoch. */
export type BuildEvent =
  /** More steps may be planned later (outputs). */
  | { readonly kind: 'planned'; readonly steps: readonly PlannedStep[]; readonly atMs: number }
  /** Ready to start, but too many other steps are running. */
  | { readonly kind: 'step-waiting'; readonly step: string; readonly atMs: number }
  /** A step may start again after it ended: layers of a base image are pulled when a later step needs them. */
  | { readonly kind: 'step-started'; readonly step: string; readonly atMs: number }
  | {
      readonly kind: 'step-log'
      readonly step: string
      readonly stream: 'stdout' | 'stderr'
      readonly text: string
      readonly atMs: number
    }
  /** Bytes of a transfer or of file processing; `id` distinguishes several in one step (a layer's short digest). */
  | {
      readonly kind: 'step-progress'
      readonly step: string
      readonly id: string
      readonly doneBytes: number
      readonly totalBytes?: number
      readonly atMs: number
    }
  | { readonly kind: 'step-cached'; readonly step: string; readonly atMs: number }
  | { readonly kind: 'step-done'; readonly step: string; readonly usage?: ResourceUsage; readonly atMs: number }
  | {
      readonly kind: 'step-failed'
      readonly step: string
      readonly message: string
      readonly exitCode?: number
      readonly atMs: number
    }
  /** Sent after the last step has ended, if requested. */
  | {
      readonly kind: 'step-explained'
      readonly step: string
      readonly name: string
      readonly explanation: Explanation
      readonly atMs: number
    }
  | { readonly kind: 'warning'; readonly warning: BuildWarning; readonly atMs: number }

/** A line of the progress display. */
export interface PlannedStep {
  /** Stable within a build. */
  readonly id: string
  /** `[build 2/5] RUN make`, `[internal] load build context`, `exporting to image`. */
  readonly name: string
  readonly inputs: readonly string[]
  readonly range?: SourceRange
}
