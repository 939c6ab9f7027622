import type { BuildOptions } from '../../engine/index.ts'

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
  /** Hosts on this machine that may still be reached. */
  readonly allowedHosts: readonly string[]
}
