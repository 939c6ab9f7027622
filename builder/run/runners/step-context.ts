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

/** What runners may use while one node of one build runs. */
export interface StepContext {
  readonly store: LayerStore
  readonly native: Native
  readonly contexts: BuildContexts
  readonly cacheMounts: CacheMounts
  readonly workingTrees: WorkingTrees
  readonly options: StepOptions
  readonly report: StepReport
  /** The node's name as shown. */
  readonly name: string
  /** The result is part of the image that the build keeps, so its diff id will be needed. */
  readonly isKept: boolean
  readonly signal: AbortSignal
  /** Receives what a step would read, so that the next build can be compared with this one. */
  noteRead(read: ReadRecord): void
  /** Where lists of the files that were read are kept. */
  readonly manifestDirectory: string
  /** Runs when the build has ended, however it ended. */
  defer(close: () => Promise<void>): void
}

/** Settings of the build that steps see in addition to the graph. None of these enters a cache key. */
export interface StepOptions {
  readonly secrets: Readonly<Record<string, { readonly file: string } | { readonly env: string }>>
  /** Agent sockets by id. */
  readonly ssh: Readonly<Record<string, string>>
  readonly gitSsh: SshAccess
  readonly limits: StepLimits
  readonly extraHosts: readonly (readonly [string, string])[]
  readonly env: Readonly<Record<string, string | undefined>>
  /** Proxy variables given as build arguments, `NAME=value`: in no digest. */
  readonly proxyEnvironment: readonly string[]
  /** Read once a build, when the first command runs. */
  trust(): HostTrust
  readonly network: StepNetwork
  readonly download: Downloader['download']
  /** Layers of a base image; missing ones are pulled. */
  baseChain(reference: string, report: StepReport, signal: AbortSignal): Promise<Chain>
  /** False where `baseChain` would pull. */
  isBaseHere(reference: string): boolean
  /** Cache mounts of other machines. */
  readonly importedMounts?: ImportedMounts | undefined
  /** Of the build's RUN steps. */
  readonly devices: GrantedDevices
  /** Shows the unpacking of base images' layers. */
  readonly aroundUnpack: AroundUnpack
}

export interface StepReport {
  log(stream: 'stdout' | 'stderr', text: string): void | Promise<void>
  warn(message: string): void
  progress(id: string, doneBytes: number, totalBytes: number | undefined): void
  usage(usage: ResourceUsage): void
  /** The step is shown as running while the work runs, also after it was done. */
  busy<T>(work: () => Promise<T>): Promise<T>
}

export type CacheMount = Extract<ExecMount, { type: 'cache' }>

/** Directories that outlive steps (`RUN --mount=type=cache`). */
export interface CacheMounts {
  lease(): CacheLease
  /** Caches of these mounts start empty from now on (`--no-cache`); steps that use them keep what they have. */
  empty(mounts: readonly CacheMount[], signal: AbortSignal): Promise<void>
  /** A cache that does not begin with other files, alone: waits for the steps that use it. Undefined if there is none. */
  hold(mount: CacheMount, signal: AbortSignal): Promise<HeldCache | undefined>
}

export interface HeldCache {
  /** Has the cache as `cache`. */
  readonly slot: string
  release(): Promise<void>
}

export interface ImportedMounts {
  /** Publishes the files of a mount as `cache` in a new directory; false if no place has them. */
  fill(mount: CacheMount, slot: string, context: Pick<StepContext, 'report' | 'signal'>): Promise<boolean>
}

/** The cache mounts of one command: two mounts of one cache show the same directory, as with BuildKit. */
export interface CacheLease {
  open(mount: CacheMount, input: Outcome<StepValue> | undefined, context: StepContext): Promise<Mount>
  close(): Promise<void>
}
