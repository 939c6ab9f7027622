import type { BuildOptions } from '../../engine/index.ts'

/**
 * Input of the process of one build on standard input, as one line of JSON; replies follow. The stream remains open
 * while the server runs.
 */
export interface BuildJobSpec {
  readonly checkoutDirectory: string
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
  /** Hosts on this machine that are allowed nevertheless. */
  readonly allowedHosts: readonly string[]
}
