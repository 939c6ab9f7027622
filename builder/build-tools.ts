import type { Chain, Image, LayerStore } from '../layer-store/index.ts'
import type { Downloader } from '../registry/index.ts'
import type { Native } from '../sandbox-native/driver/index.ts'
import type { BaseImages } from './base-images.ts'
import type { Output } from './builder.ts'
import type { CacheMounts } from './runners/cache-mounts.ts'
import type { StepValue } from './runners/step-value.ts'
import type { Made } from './solve/runner.ts'
import type { SharedWork } from './solve/share-inflight.ts'

/** What the builds of one engine share. */
export interface BuildTools {
  readonly store: LayerStore
  readonly native: Native
  readonly env: Readonly<Record<string, string | undefined>>
  readonly baseImages: BaseImages
  readonly cacheMounts: CacheMounts
  readonly download: Downloader['download']
  /** One queue for the steps of all builds. */
  readonly enqueueStep: <Result>(work: () => Promise<Result>) => Promise<Result>
  readonly shared: SharedWork<Made<StepValue>>
  readonly writeOutput: WriteOutput
}

/** Writes one output that is not the store; gives the digest of the manifest where there is one. */
export type WriteOutput = (request: OutputRequest, signal: AbortSignal) => Promise<string | undefined>

export interface OutputRequest {
  readonly output: Output
  readonly chain: Chain
  /** Absent for outputs that are files only. */
  readonly image: Image | undefined
  readonly tags: readonly string[]
  /** Of the manifest. */
  readonly annotations?: Readonly<Record<string, string>>
  /** For outputs whose times are to be rewritten. */
  readonly epochSeconds?: number
  readonly onProgress: (id: string, doneBytes: number, totalBytes: number | undefined) => void
}
