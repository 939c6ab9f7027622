import type { Descriptor, Digest, ImageReference, Platform } from '../../image-spec/index.ts'
import type { Annotation, CachePlace, PullPolicy } from '../../images/index.ts'
import type { CompressionAlgorithm } from '../../layer-store/index.ts'
import type { Diagnostic, Outline, SourceRange, Target } from '../../parser/index.ts'
import type { CgroupSpec, ResourceUsage } from '../../sandbox-native/driver/index.ts'
import type { BuildPlan } from '../plan/graph/build-plan.ts'
import type { Explanation } from './explanation.ts'
import type { PredicateOptions, Provenance } from './provenance.ts'

/** Builds images. The same engine for the terminal, the server and programs. */
export interface Builder {
  /** Rejects with BuildError; everything finished so far stays cached. */
  build(request: BuildRequest): Promise<BuildResult>
  /** What `build` would do: base images are resolved, nothing is run or pulled. */
  plan(request: BuildRequest): Promise<readonly PlatformPlan[]>
  /** What can be known about the Dockerfile: mistakes, build checks, targets, what the target takes. Nothing is built. */
  describe(request: BuildRequest): Promise<DockerfileDescription>
}

/** The plan for one of the platforms that were asked for. */
export interface PlatformPlan {
  /** `linux/arm64` */
  readonly platform: string
  readonly plan: BuildPlan
}

export interface DockerfileDescription {
  readonly source: { readonly name: string; readonly text: string }
  /** Errors of parser and planner, and findings of build checks, whose codes are their names. */
  readonly diagnostics: readonly Diagnostic[]
  /** What the build checks among them are about, by name. */
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
   * SECURITY: for builds of strangers: the Dockerfile and its ignore file must be in the context, links included. Else a
   * path or a link may lead to any file of this machine, and an error shows its first lines. So it is in any case for
   * contexts that are not a directory.
   */
  readonly confineDockerfile?: boolean
  /** With a tag each. */
  readonly tags?: readonly ImageReference[]
  readonly buildArgs?: Readonly<Record<string, string>>
  readonly target?: string
  readonly noCache?: boolean
  /** Stages whose steps are not taken from the cache. */
  readonly noCacheFilter?: readonly string[]
  /** Whether the registry is asked for base images; default `missing`. */
  readonly pull?: PullPolicy
  /** For RUN steps without a --network flag. */
  readonly network?: 'default' | 'none' | 'host'
  readonly labels?: Readonly<Record<string, string>>
  /** Of what OCI outputs and pushes write. */
  readonly annotations?: readonly Annotation[]
  /** Of several the image is an index. Default: this machine's. */
  readonly platforms?: readonly Platform[]
  readonly outputs?: readonly Output[]
  /** Caches of other machines, asked in order where the store's own has no result. One that fails is passed over. */
  readonly cacheFrom?: readonly CachePlace[]
  readonly cacheTo?: readonly CacheExport[]
  /** The image carries the cache of its steps (`type=inline`), for builds that name it in `cacheFrom`. */
  readonly inlineCache?: boolean
  /** Where cache mounts that this store does not have yet come from: the first that has one fills it. */
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
   * SECURITY: for builds of strangers: git reaches servers through this HTTP proxy only, and by http and https only. It
   * decides which; with the status 451 it refuses one.
   */
  readonly gitProxy?: string
  /** What steps may use that opens the host to them. */
  readonly allow?: readonly Entitlement[]
  /** For every RUN step. */
  readonly limits?: StepLimits
  /** Seconds since the epoch. Default: what the argument SOURCE_DATE_EPOCH means, given or a global ARG's default. */
  readonly sourceDateEpoch?: number
  /** Put the provenance of each image next to it, in an index, wherever an OCI manifest is written. */
  readonly attestProvenance?: PredicateOptions
  /** Likewise attach a list of the packages of each image. */
  readonly attestSbom?: boolean
  /** Search new layers, configuration and history for secrets. Default: `warn` where an image is pushed, else `off`. */
  readonly scanSecrets?: SecretScan
  /** Also report what the result was built from and how, as `result.provenance`. */
  readonly tellsProvenance?: boolean
  /** Report for each step why the cache was used or missed, as `step-explained` events. */
  readonly explain?: boolean
  /** Series whose last build this one is explained against. Default: builds of the same Dockerfile in the same context. */
  readonly series?: string
  /** A promise returned for a `step-log` holds back that step's output until it resolves. */
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
  /** A cache that can't be written is a warning only. */
  readonly ignoreError?: boolean
  readonly compression?: 'none' | 'gzip' | 'zstd'
  readonly compressionLevel?: number
  /** Layers that the cache has in another compression are written anew. */
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

/** Written when the build has succeeded. Mounts that the place has and the build does not use stay there. */
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
  /** The name by which the Dockerfile asks for it, and nothing else does. */
  readonly alias?: string
}

/** Limits of a step's processes. None of them enters a cache key. */
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
  /** Layers that are known in another compression, or of another level, get this one too. */
  readonly forceCompression?: boolean
}

/** How an output of an image writes it. */
export interface ImageForm extends OutputCompression {
  /** Docker's for registries and tools that know no others; default `oci`. */
  readonly mediaTypes?: 'oci' | 'docker'
  /** False: attestations are images, as before OCI artifacts. */
  readonly ociArtifact?: boolean
  /** Those of the request win. */
  readonly annotations?: readonly Annotation[]
}

/** With `rewriteTimestamp` no file that the build made is newer than the request's `sourceDateEpoch`. */
export type Output =
  /** Into the store, under the request's tags; `push` sends it on. */
  | (ImageForm & {
      readonly type: 'image'
      readonly push?: boolean
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
  /** Digest of the configuration, where an image was made; of several the one for this machine, else the first. */
  readonly imageId?: string
  /** Of the image that was written, if its layers and thus its configuration are not those of the store. */
  readonly writtenConfig?: Digest
  /** The manifest, or the index over several, where one was written (oci, docker, push). */
  readonly manifest?: Descriptor
  /** One for each platform, where an image was made. */
  readonly images: readonly { readonly id: string; readonly platform: string }[]
  /** What was pushed under each of the tags. */
  readonly pushed?: Descriptor
  readonly tags: readonly string[]
  /** `linux/arm64`, in the order in which they were asked for. */
  readonly platforms: readonly string[]
  /** One for each platform, where it was asked for. */
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

/** The one stream that terminal, log file, web page and tests read. Times are milliseconds since the epoch. */
export type BuildEvent =
  /** More steps may be planned later (outputs). */
  | { readonly kind: 'planned'; readonly steps: readonly PlannedStep[]; readonly atMs: number }
  /** It could start, but too many other steps are running. */
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
  /** After the last step has ended, where it was asked for. */
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
