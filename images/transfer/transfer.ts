import type { Digest, ImageConfig, ImageReference, Manifest, Platform } from '../../image-spec/index.ts'
import type { LayerStore } from '../../layer-store/index.ts'
import type { RegistryClient } from '../../registry/index.ts'
/** Source of an image: a registry or a layout. Content from both is verified. */
export type ImageSource = Pick<RegistryClient, 'fetchManifest' | 'fetchBlob'> &
  Partial<Pick<RegistryClient, 'countSources'>>

/** Which image of a reference. */
export interface PlatformChoice {
  readonly reference: ImageReference
  readonly platform: Platform
}

/** An image in a registry: everything but its layers. */
export interface RemoteImage {
  readonly reference: ImageReference
  /** Digest that the reference resolves to: that of the index, if there is one. */
  readonly digest: Digest
  /** Bytes of the manifest or index with that digest. */
  readonly topBytes: Uint8Array
  readonly manifest: Manifest
  /** As received: its digest is the image's ID. */
  readonly configBytes: Uint8Array
  readonly config: ImageConfig
  readonly id: Digest
}

/** `id` is a layer's short digest. */
export type TransferProgress = (id: string, doneBytes: number, totalBytes: number | undefined) => void

export interface TransferParts {
  readonly store: LayerStore
  readonly client: ImageSource
  readonly onProgress?: TransferProgress | undefined
}
