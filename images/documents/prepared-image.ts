import type { Descriptor, Digest, Platform } from '../../image-spec/index.ts'
import type { Image } from '../../layer-store/index.ts'
import type { Annotation } from './annotations.ts'
import type { Attestation } from './attestation.ts'

/** An image to export, with its names (full references with a tag; may be empty). */
export interface NamedImage {
  /** Several form one multi-platform image, with an index. */
  readonly images: readonly PlatformImage[]
  /** Write an index even for a single image. */
  readonly alwaysIndex?: boolean
  readonly references: readonly string[]
  /** Supported by OCI documents only. */
  readonly annotations?: readonly Annotation[]
}

export interface PlatformImage {
  readonly id: Digest
  readonly platform: Platform
  readonly attestation?: Attestation
  /** An image without a record in the store. */
  readonly unlisted?: Pick<Image, 'config' | 'chain'>
}

/** An image whose blobs, including the manifest, are all in the store. */
export interface PreparedImage {
  readonly references: readonly string[]
  /** The index, if there is one. */
  readonly manifest: Descriptor
  /** All blobs, without duplicates within each image. */
  readonly blobs: readonly Descriptor[]
  readonly images: readonly PreparedPlatform[]
}

export interface PreparedPlatform {
  readonly manifest: Descriptor
  readonly config: Descriptor
  /** Bottom first. */
  readonly layers: readonly Descriptor[]
}
