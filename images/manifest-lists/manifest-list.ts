import type { Descriptor, ImageReference, Platform } from '../../image-spec/index.ts'

/** An index under construction: manifests of registries that are pushed together under one name. */
export interface ManifestList {
  readonly name: ImageReference
  readonly entries: readonly ListEntry[]
}

export interface ListEntry {
  /** As it was given, with a tag or a digest. */
  readonly reference: ImageReference
  /** With its platform. */
  readonly descriptor: Descriptor
  /** The manifest as received. */
  readonly bytes: Uint8Array
}

/** What `manifest annotate` changes. */
export type PlatformChange = Partial<Platform>
