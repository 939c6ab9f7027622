import type { Descriptor, Digest, Platform } from '../../image-spec/index.ts'
import type { Image } from '../../layer-store/index.ts'
import type { Annotation } from './annotations.ts'
import type { Attestation } from './attestation.ts'

/** An image to be exported, under these names (full references with a tag; none is fine). */
export interface NamedImage {
  /** Several are one image for several platforms, and get an index. */
  readonly images: readonly PlatformImage[]
  /** Of a single one, too. */
  readonly alwaysIndex?: boolean
  readonly references: readonly string[]
  /** Only OCI documents have any. */
  readonly annotations?: readonly Annotation[]
}

export interface PlatformImage {
  readonly id: Digest
  readonly platform: Platform
  readonly attestation?: Attestation
  /** Of an image without a record in the store. */
  readonly unlisted?: Pick<Image, 'config' | 'chain'>
}

/** Every blob of an image is in the store, its manifest too. */
export interface PreparedImage {
  readonly references: readonly string[]
  /** The index, where there is one. */
  readonly manifest: Descriptor
  /** All, each once for each place where it is named. */
  readonly blobs: readonly Descriptor[]
  readonly images: readonly PreparedPlatform[]
}

export interface PreparedPlatform {
  readonly manifest: Descriptor
  readonly config: Descriptor
  /** Bottom first. */
  readonly layers: readonly Descriptor[]
}
