import type { Descriptor, ImageReference, Platform } from '../../image-spec/index.ts'

/** An index under construction: manifests from registries, to be pushed together under one name. */
export interface ManifestList {
  readonly name: ImageReference
  readonly entries: readonly ListEntry[]
}

export interface ListEntry {
  /** As given, with a tag or a digest. */
  readonly reference: ImageReference
  /** Includes the platform. */
  readonly descriptor: Descriptor
  /** The manifest as received. */
  readonly bytes: Uint8Array
}

/** Changes by `manifest annotate`. */
export type PlatformChange = Partial<Platform>
