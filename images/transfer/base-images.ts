import type { Digest, ImageConfig, Platform } from '../../image-spec/index.ts'
import type { Chain } from '../../layer-store/index.ts'

/** When the registry is consulted: `always`, or only for images missing from the store. */
export type PullPolicy = 'always' | 'missing' | 'never'

/** Base images of builds, from the store or a registry. */
export interface BaseImages {
  /**
   * Resolves a reference: to the local image if there is one, else, depending on `pull`, to the registry's. Transfers
   * no layers.
   */
  resolve(request: ResolveBaseRequest, signal: AbortSignal): Promise<FoundBase>
  /** The image's layers, in the store once this resolves. */
  chain(base: FoundBase, onProgress: BaseProgress, signal: AbortSignal): Promise<Chain>
  /** Likewise, but layers in a registry are fetched when they are first read. */
  lazyChain(base: FoundBase, onProgress: BaseProgress, signal: AbortSignal): Promise<Chain>
}

export interface ResolveBaseRequest {
  /** As written, normalized by the registry's rules. */
  readonly reference: string
  readonly platform: Platform
  readonly pull: PullPolicy
  /** The reference is an image layout with a digest, `oci-layout:///path@sha256:…`. */
  readonly isLayout?: boolean
}

export interface FoundBase {
  /** Full name with the requested tag or digest. */
  readonly name: string
  readonly platform: Platform
  readonly id: Digest
  /** Digest of the manifest or index in the registry, if it was consulted. */
  readonly digest?: Digest
  readonly config: ImageConfig
}

export type BaseProgress = (id: string, doneBytes: number, totalBytes: number | undefined) => void
