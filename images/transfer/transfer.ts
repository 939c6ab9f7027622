import type { Digest, ImageConfig, ImageReference, Manifest } from '../../image-spec/index.ts'
import type { LayerStore } from '../../layer-store/index.ts'
import type { RegistryClient } from '../../registry/index.ts'
/** Source of an image: a registry, or a layout in its place. The content of both is verified. */
export type ImageSource = Pick<RegistryClient, 'fetchManifest' | 'fetchBlob'>

/** An image in a registry: everything but its layers. */
export interface RemoteImage {
  readonly reference: ImageReference
  /** What the reference points at: the index, where there is one. */
  readonly digest: Digest
  /** Of the manifest or index with that digest. */
  readonly topBytes: Uint8Array
  readonly manifest: Manifest
  /** As received: its digest is the image's id. */
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
