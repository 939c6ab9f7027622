import type { Descriptor, ImageReference, Platform } from '../../image-spec/index.ts'
import type { Annotation, Attestation, AttestedPredicate, BaseImages, CacheLocations } from '../../images/index.ts'
import type { Chain, Image, LayerStore, SharedWork } from '../../layer-store/index.ts'
import type { Downloader } from '../../registry/index.ts'
import type { Native } from '../../sandbox-native/driver/index.ts'
import type { Output } from '../request/output.ts'
import type { RunResult } from '../solve/runner.ts'
import type { CacheMounts } from './runners/step-context.ts'
import type { StepValue } from './runners/step-value.ts'
import type { Enqueue } from './step-queue.ts'

/** What the builds of one engine share. */
export interface BuildTools {
  readonly store: LayerStore
  readonly native: Native
  readonly env: Readonly<Record<string, string | undefined>>
  readonly baseImages: BaseImages
  readonly caches: CacheLocations
  readonly cacheMounts: CacheMounts
  readonly download: Downloader['download']
  /** One queue for the steps of all builds. */
  readonly enqueueStep: Enqueue
  readonly shared: SharedWork<RunResult<StepValue>>
  readonly writeOutput: WriteOutput
}

/** Writes one output that is not the store; resolves to its manifest or index, if it has one. */
export type WriteOutput = (request: OutputRequest, signal: AbortSignal) => Promise<Descriptor | undefined>

export interface OutputTarget {
  readonly platform: Platform
  readonly chain: Chain
  /** Absent for outputs that are files only. */
  readonly image: Image | undefined
  /** Stored with the image, in an index, or as files next to its files. */
  readonly attestation?: AttestedOutput
}

export interface AttestedOutput extends Attestation {
  readonly predicates: readonly FiledPredicate[]
}

export interface FiledPredicate extends AttestedPredicate {
  /** In an output of files; without it, only images have the predicate. */
  readonly fileName?: string
}

export interface OutputRequest {
  readonly output: Output
  /** One per platform; several images form an index. */
  readonly targets: readonly OutputTarget[]
  /** Write an index, and a directory per platform, even for a single platform. */
  readonly isMultiPlatform: boolean
  readonly tags: readonly ImageReference[]
  readonly annotations?: readonly Annotation[]
  /** For outputs whose times are rewritten. */
  readonly epochSeconds?: number
  /** Settles when the images have been searched for secrets. */
  readonly searched?: Promise<void>
  readonly onProgress: (id: string, doneBytes: number, totalBytes: number | undefined) => void
  readonly warn: (message: string) => void
}
