import type { Digest, ImageConfig, Platform } from '../image-spec/index.ts'
import type { Chain } from '../layer-store/index.ts'

/** Whether the registry is asked: `always`, or for what the store does not have. */
export type PullPolicy = 'always' | 'missing' | 'never'

/** Base images of builds, from the store or a registry. */
export interface BaseImages {
  /** The image a reference means now: the local one if there is one, else, as `pull` has it, the registry's. No layers move. */
  resolve(request: ResolveBaseRequest, signal: AbortSignal): Promise<FoundBase>
  /** Its layers, in the store when this resolves. */
  chain(base: FoundBase, onProgress: BaseProgress, signal: AbortSignal): Promise<Chain>
  /** The same, but layers of a registry are fetched when something reads them. */
  lazyChain(base: FoundBase, onProgress: BaseProgress, signal: AbortSignal): Promise<Chain>
}

export interface ResolveBaseRequest {
  /** As written, normalised by the registry's rules. */
  readonly reference: string
  readonly platform: Platform
  readonly pull: PullPolicy
  /** The reference is an image layout with a digest, `oci-layout:///path@sha256:…`. */
  readonly isLayout?: boolean
}

export interface FoundBase {
  /** Full name with the tag or digest it was asked by. */
  readonly name: string
  readonly platform: Platform
  readonly id: Digest
  /** Of what the name led to in its registry, where it was asked. */
  readonly digest?: Digest
  readonly config: ImageConfig
}

export type BaseProgress = (id: string, doneBytes: number, totalBytes: number | undefined) => void
