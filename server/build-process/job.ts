import type { BuildEvent, BuildOptions } from '../../engine/index.ts'
import type { BuildFailure, BuildOutcome, LayerFiles, PlatformImage } from '../api/index.ts'

/** What one build's process is given on standard input, as one line of JSON. The stream stays open while the server lives. */
export interface BuildJobSpec {
  readonly storeDirectory: string
  readonly request: Pick<
    BuildOptions,
    | 'buildArgs'
    | 'cacheFrom'
    | 'cacheMountsFrom'
    | 'cacheMountsTo'
    | 'cacheTo'
    | 'labels'
    | 'limits'
    | 'network'
    | 'noCache'
    | 'platform'
    | 'pull'
    | 'series'
    | 'tags'
    | 'target'
  > & { readonly contextDirectory: string; readonly dockerfile?: string }
  readonly push: boolean
  /** Values by name, for `RUN --mount=type=secret`. */
  readonly secrets: Readonly<Record<string, string>>
  /** The `auths` of a docker configuration. */
  readonly auths: Readonly<Record<string, { readonly auth: string }>>
  readonly insecureHosts: readonly string[]
  readonly caFile?: string
  /** Hosts on this machine that may be reached all the same. */
  readonly allowedHosts: readonly string[]
}

/** What the process writes to standard output, one line of JSON each; the last is `done` or `failed`. */
export type BuildJobLine =
  | { readonly kind: 'event'; readonly event: BuildEvent }
  | { readonly kind: 'source'; readonly name: string; readonly text: string }
  | { readonly kind: 'image'; readonly image: PlatformImage }
  | { readonly kind: 'layer'; readonly diffId: string; readonly files: LayerFiles }
  | { readonly kind: 'base'; readonly reference: string; readonly digest?: string }
  | { readonly kind: 'provenance'; readonly predicates: readonly unknown[] }
  | { readonly kind: 'done'; readonly outcome: BuildOutcome }
  | { readonly kind: 'failed'; readonly failure: BuildFailure; readonly codes: readonly string[] }
