import type { AroundUnpack, Chain, LayerStore } from '../../../layer-store/index.ts'
import type { Downloader } from '../../../registry/index.ts'
import type { Mount, Native, ResourceUsage } from '../../../sandbox-native/driver/index.ts'
import type { BuildContexts } from '../../context/build-contexts.ts'
import type { SshAccess } from '../../context/git-ssh.ts'
import type { ReadRecord } from '../../explain/build-record.ts'
import type { ExecMount } from '../../plan/graph/operation.ts'
import type { StepLimits } from '../../request/builder.ts'
import type { Outcome } from '../../solve/runner.ts'
import type { GrantedDevices } from '../grant-devices.ts'
import type { HostTrust } from './command/host-trust.ts'
import type { StepNetwork } from './command/step-network.ts'
import type { WorkingTrees } from './command/working-trees.ts'
import type { StepValue } from './step-value.ts'

/** What runners may use while they run a node of a build. */
export interface StepContext {
  readonly store: LayerStore
  readonly native: Native
  readonly contexts: BuildContexts
  readonly cacheMounts: CacheMounts
  readonly workingTrees: WorkingTrees
  readonly options: StepOptions
  readonly report: StepReport
  /** The node's display name. */
  readonly name: string
  /** The result is part of the image that the build keeps, so its diff ID will be needed. */
  readonly isKept: boolean
  readonly signal: AbortSignal
  /** Records what a step reads, for comparison with the next build. */
  noteRead(read: ReadRecord): void
  /** Directory for the manifests of files read. */
  readonly manifestDirectory: string
  /** Registers a function to run at the end of the build, successful or not. */
  defer(close: () => Promise<void>): void
}

/** Build settings that steps see in addition to the graph. None of them is part of a cache key. */
export interface StepOptions {
  readonly secrets: Readonly<Record<string, { readonly file: string } | { readonly env: string }>>
  /** Agent sockets by id. */
  readonly ssh: Readonly<Record<string, string>>
  readonly gitSsh: SshAccess
  readonly limits: StepLimits
  readonly extraHosts: readonly (readonly [string, string])[]
  readonly env: Readonly<Record<string, string | undefined>>
  /** Read once per build, when the first command runs. */
  readonly proxyEnvironment: readonly string[]
  trust(): HostTrust
  readonly network: StepNetwork
  readonly download: Downloader['download']
  /** Layers of a base image; missing ones are pulled. */
  baseChain(reference: string, report: StepReport, signal: AbortSignal): Promise<Chain>
  /** False if `baseChain` would pull. */
  isBaseHere(reference: string): boolean
  /** Diff IDs of the layers of a base image. */
  baseDiffIds(reference: string): readonly string[]
  /** Cache mounts of other machines. */
  readonly importedMounts?: ImportedMounts | undefined
  /** Devices granted to the build's RUN steps. */
  readonly devices: GrantedDevices
  /** Shows the unpacking of base layers. */
  readonly aroundUnpack: AroundUnpack
}

export interface StepReport {
  log(stream: 'stdout' | 'stderr', text: string): void | Promise<void>
  warn(message: string): void
  progress(id: string, doneBytes: number, totalBytes: number | undefined): void
  usage(usage: ResourceUsage): void
  /** Shows the step as running during the work, even after it was done. */
  busy<T>(work: () => Promise<T>): Promise<T>
}

export type CacheMount = Extract<ExecMount, { type: 'cache' }>

/** Directories that outlive steps (`RUN --mount=type=cache`). */
export interface CacheMounts {
  lease(): CacheLease
  /** Makes the caches of these mounts start empty (`--no-cache`); running steps keep theirs. */
  empty(mounts: readonly CacheMount[], signal: AbortSignal): Promise<void>
  /** Exclusive access to a cache that starts empty; waits for steps that use it. Undefined if it does not exist. */
  hold(mount: CacheMount, signal: AbortSignal): Promise<HeldCache | undefined>
}

export interface HeldCache {
  /** Directory that contains the cache as `cache`. */
  readonly slot: string
  release(): Promise<void>
}

export interface ImportedMounts {
  /** Publishes the files of a mount as `cache` in a new directory; false if no source has them. */
  fill(mount: CacheMount, slot: string, context: Pick<StepContext, 'report' | 'signal'>): Promise<boolean>
}

/** The cache mounts of one command: as in BuildKit, two mounts of one cache show the same directory. */
export interface CacheLease {
  open(mount: CacheMount, input: Outcome<StepValue> | undefined, context: StepContext): Promise<Mount>
  close(): Promise<void>
}
