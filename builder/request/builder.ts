import type { Descriptor, Digest, ImageReference, Platform } from '../../image-spec/index.ts'
import type { Annotation, CachePlace, PullPolicy } from '../../images/index.ts'
import type { CompressionAlgorithm } from '../../layer-store/index.ts'
import type { Diagnostic, Outline, SourceRange, Target } from '../../parser/index.ts'
import type { CgroupSpec, ResourceUsage } from '../../sandbox-native/driver/index.ts'
import type { BuildPlan } from '../plan/graph/build-plan.ts'
import type { Explanation } from './explanation.ts'
import type { PredicateOptions, Provenance } from './provenance.ts'

/** Builds images, for the command line, the server and programs. */
export interface Builder {
  /** Rejects with BuildError; everything finished so far stays cached. */
  build(request: BuildRequest): Promise<BuildResult>
  /** What `build` would do: base images are resolved, nothing is run or pulled. */
  plan(request: BuildRequest): Promise<readonly PlatformPlan[]>
  /** Describes the Dockerfile without building it: errors, build checks, targets and the outline of the target. */
  describe(request: BuildRequest): Promise<DockerfileDescription>
}

/** The plan for one of the platforms that were requested. */
export interface PlatformPlan {
  /** `linux/arm64` */
  readonly platform: string
  readonly plan: BuildPlan
}

export interface DockerfileDescription {
  readonly source: { readonly name: string; readonly text: string }
  /** Errors of parser and planner, and findings of build checks, whose codes are their names. */
  readonly diagnostics: readonly Diagnostic[]
  /** Descriptions of these build checks, by name. */
  readonly checks: Readonly<Record<string, { readonly description: string; readonly url: string }>>
  /** Absent where the text can't be parsed. */
  readonly targets?: readonly Target[]
  /** Of the request's target; absent if there is none of that name. */
  readonly outline?: Outline
}

export interface BuildRequest {
  /** `-` for standard input is resolved by the caller. */
  readonly context: ContextSource
  /** Relative to the context's root, absolute, or the text itself. Default `Dockerfile`, then `dockerfile`. */
  readonly dockerfile?: { readonly path: string } | { readonly text: string; readonly name: string }
  /**
   * SECURITY: for untrusted builds: the Dockerfile and its ignore file must be in the context, links included. Otherwise a
   * path or link can name any file of this machine, and an error shows its first lines. Always in force for contexts other
   * than directories.
   */
  readonly confineDockerfile?: boolean
  /** Each with a tag. */
  readonly tags?: readonly ImageReference[]
  readonly buildArgs?: Readonly<Record<string, string>>
  readonly target?: string
  readonly noCache?: boolean
  /** Stages whose steps are not taken from the cache. */
  readonly noCacheFilter?: readonly string[]
  /** When to check the registry for base images; default `missing`. */
  readonly pull?: PullPolicy
  /** For RUN steps without a --network flag. */
  readonly network?: 'default' | 'none' | 'host'
  readonly labels?: Readonly<Record<string, string>>
  /** For OCI outputs and pushes. */
  readonly annotations?: readonly Annotation[]
  /** Several produce an index. Default: this machine's. */
  readonly platforms?: readonly Platform[]
  readonly outputs?: readonly Output[]
  /** Remote caches, consulted in order if the store has no result. One that fails is skipped. */
  readonly cacheFrom?: readonly CachePlace[]
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
  /** Lines of /etc/hosts for steps, as `[name, address]`. */
  readonly extraHosts?: readonly (readonly [string, string])[]
  /** IP addresses that steps cannot reach, such as those of this machine and of the cloud's metadata service. */
  readonly hiddenAddresses?: readonly string[]
  /**
   * SECURITY: for untrusted builds: git reaches servers through this HTTP proxy only, over http and https. The proxy
   * decides which servers; it refuses one with the status 451.
   */
  readonly gitProxy?: string
  /** Entitlements that give steps access to the host. */
  readonly allow?: readonly Entitlement[]
  /** For every RUN step. */
  readonly limits?: StepLimits
  /** Seconds since the epoch. Default: the build argument SOURCE_DATE_EPOCH, or the default of a global ARG. */
  readonly sourceDateEpoch?: number
  /** Attach the provenance of each image to it, in an index, wherever an OCI manifest is written. */
  readonly attestProvenance?: PredicateOptions
  /** Likewise attach a list of the packages of each image. */
  readonly attestSbom?: boolean
  /** Search new layers, configuration and history for secrets. Default: `warn` where an image is pushed, else `off`. */
  readonly scanSecrets?: SecretScan
  /** Also report what the result was built from and how, as `result.provenance`. */
  readonly reportsProvenance?: boolean
  /** Report for each step why the cache was used or missed, as `step-explained` events. */
  readonly explain?: boolean
  /** Series whose last build this one is compared with. Default: builds of the same Dockerfile in the same context. */
  readonly series?: string
  /** A promise returned for a `step-log` pauses the output of that step until it resolves. */
  readonly onEvent?: (event: BuildEvent) => unknown
  readonly signal?: AbortSignal
}

/** `error`: nothing is written if a secret is found. */
export type SecretScan = 'warn' | 'error' | 'off'

/** A cache that is written when the build has succeeded. */
export interface CacheExport {
  readonly place: CachePlace
  /** `min`: layers of the result only; `max`: those of all steps. Keys are written for all steps. */
  readonly mode: 'min' | 'max'
  /** Report a cache that cannot be written as a warning. */
  readonly ignoreError?: boolean
  readonly compression?: 'none' | 'gzip' | 'zstd'
  readonly compressionLevel?: number
  /** Recompress layers that the cache has in another compression. */
  readonly forceCompression?: boolean
}

/** Cache mounts (`RUN --mount=type=cache`) that another machine filled. */
export interface CacheMountsImport {
  readonly place: CachePlace
  /** Default: all. */
  readonly ids?: readonly string[]
  /** Of all archives together, uncompressed. */
  readonly maxBytes: number
}

/** Written when the build has succeeded. Other mounts in the same place are kept. */
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
  /** The only name by which the Dockerfile can request it. */
  readonly alias?: string
}

/** Limits of a step. Not part of cache keys. */
export interface StepLimits
  extends Pick<CgroupSpec, 'memoryBytes' | 'memorySwapBytes' | 'cpuPeriodUs' | 'cpuShares' | 'cpusetCpus' | 'pidsMax'> {
  /** Processor time in each period, microseconds. */
  readonly cpuQuotaUs?: number
  /** An existing directory from the top of the cgroup hierarchies. */
  readonly cgroupParent?: string
  /** Of /dev/shm. */
  readonly shmSizeBytes?: number
  readonly rlimits?: readonly { readonly name: string; readonly soft: number; readonly hard: number }[]
  /** Default `host`. `auto`: each step in a user namespace with its own IDs; layers are the same. */
  readonly userns?: 'host' | 'auto' | 'nomap'
}

export type ContextSource =
  | { readonly kind: 'directory'; readonly path: string }
  /** A tar stream, perhaps compressed. */
  | { readonly kind: 'archive'; readonly stream: AsyncIterable<Uint8Array> }
  | { readonly kind: 'git'; readonly url: string }
  | { readonly kind: 'http'; readonly url: string }
  | { readonly kind: 'empty' }

/** Of the layers of an image output. */
export interface OutputCompression {
  /** Default gzip. */
  readonly compression?: CompressionAlgorithm
  readonly compressionLevel?: number
  /** Also recompress known layers with another compression or level. */
  readonly forceCompression?: boolean
}

/** How an output of an image writes it. */
export interface ImageForm extends OutputCompression {
  /** Docker's are for registries and tools that support no others; default `oci`. */
  readonly mediaTypes?: 'oci' | 'docker'
  /** False: attestations are images, as before OCI artifacts. */
  readonly ociArtifact?: boolean
  /** Those of the request take precedence. */
  readonly annotations?: readonly Annotation[]
}

/** `rewriteTimestamp` clamps the times of files that the build created to the request's `sourceDateEpoch`. */
export type Output =
  /** To the store, under the request's tags; `push` also pushes it. */
  | (ImageForm & {
      readonly type: 'image'
      readonly push?: boolean
      /** The pushed image is found by its digest alone, and the store gives it no tag. */
      readonly pushByDigest?: boolean
      readonly rewriteTimestamp?: boolean
    })
  | (ImageForm & {
      readonly type: 'oci' | 'docker'
      readonly destination: string
      readonly tar: boolean
      readonly rewriteTimestamp?: boolean
    })
  | {
      readonly type: 'tar' | 'local'
      readonly destination: string
      readonly rewriteTimestamp?: boolean
      /** The files of each platform in a directory of its name, `linux_arm64`; default where there are several. */
      readonly platformSplit?: boolean
    }

export interface BuildResult {
  /** Image ID, if the output is an image; for several platforms that of this machine's, else the first. */
  readonly imageId?: string
  /** Digest of the written configuration, if it differs from that in the store. */
  readonly writtenConfig?: Digest
  /** The manifest or index that was written (oci, docker, push). */
  readonly manifest?: Descriptor
  /** One for each platform, if the output is an image. */
  readonly images: readonly { readonly id: string; readonly platform: string }[]
  /** What was pushed under each of the tags. */
  readonly pushed?: Descriptor
  readonly tags: readonly string[]
  /** `linux/arm64`, in the order in which they were requested. */
  readonly platforms: readonly string[]
  /** One for each platform, if requested. */
  readonly provenance?: readonly Provenance[]
  readonly warnings: readonly BuildWarning[]
  readonly stepCount: number
  readonly cachedCount: number
}

export interface BuildWarning {
  readonly code: string
  readonly message: string
  readonly range?: SourceRange
}

/** The event stream for terminal, logs, web page and programs. Times are milliseconds since the epoch. */
export type BuildEvent =
  /** More steps may be planned later (outputs). */
  | { readonly kind: 'planned'; readonly steps: readonly PlannedStep[]; readonly atMs: number }
  /** Ready to start, but too many other steps are running. */
  | { readonly kind: 'step-waiting'; readonly step: string; readonly atMs: number }
  /** A step may start again after it is done: a base image whose layers are pulled when a later step needs them. */
  | { readonly kind: 'step-started'; readonly step: string; readonly atMs: number }
  | {
      readonly kind: 'step-log'
      readonly step: string
      readonly stream: 'stdout' | 'stderr'
      readonly text: string
      readonly atMs: number
    }
  /** Bytes of a transfer or of tree work; `id` distinguishes several in one step (a layer's short digest). */
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
  /** After the last step has ended, if requested. */
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
