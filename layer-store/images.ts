import type { Descriptor, Digest, ImageConfig, Manifest } from '../image-spec/index.ts'
import type { Chain, LayerBlob } from './layers.ts'

/** An image: its id is the digest of its configuration. */
export interface Image {
  readonly id: Digest
  readonly config: ImageConfig
  readonly chain: Chain
  /** RFC 3339: when it came into this store. */
  readonly storedAt: string
}

/** With what is reported of it in lists: every name is read for that, and the facts of every layer. */
export interface ImageRecord extends Image {
  /** Full references with a tag, such as `docker.io/library/busybox:latest`. */
  readonly tags: readonly string[]
  /** `docker.io/library/busybox@sha256:…` as pulled or pushed. */
  readonly repositoryDigests: readonly string[]
  /** Of all uncompressed layers. */
  readonly sizeBytes: number
}

/** A container that was made of an image. */
export interface ImageUser {
  readonly name: string
  /** It must be stopped before it can be removed. */
  readonly isUp: boolean
}

export interface Images {
  /** Stores the configuration and the record; repeatable. `chain` matches the configuration's diff ids. */
  put(config: ImageConfig | Uint8Array, chain: Chain): Promise<Image>
  /**
   * Moves the tag if other images have it. Several images are one for several platforms: none of them twice. Told as an
   * event, unless it is part of something that is reported itself.
   */
  tag(ids: Digest | readonly Digest[], reference: string, options?: { readonly emitsEvent?: boolean }): Promise<void>
  /** Tags all images that have another name now. */
  tagAs(name: string, reference: string, options?: { readonly emitsEvent?: boolean }): Promise<void>
  /** Removes a tag; true if it was there. */
  untag(reference: string): Promise<boolean>
  /** Remembers that a repository has images under a digest: one under that of its manifest, several under an index's. */
  addRepositoryDigest(ids: Digest | readonly Digest[], repository: string, manifest: Digest): Promise<void>
  /** All that have the reference, in the order in which they were tagged. */
  findAllByReference(reference: string): Promise<readonly Image[]>
  /** By id or unambiguous prefix of its hex digits. */
  findById(idOrPrefix: string): Promise<ImageRecord | undefined>
  get(id: Digest): Promise<ImageRecord>
  list(): Promise<readonly ImageRecord[]>
  /** Removes the record and its tags; layers go with the next collection. STORE_IMAGE_IN_USE if `usedBy` names containers. */
  remove(id: Digest, usedBy?: readonly ImageUser[]): Promise<void>
  /** Of the configuration, as a manifest names it. */
  configDescriptor(id: Digest, mediaTypes: 'oci' | 'docker'): Promise<Descriptor>
  /** Writes manifest and config blobs for the given layers; the config has their diff IDs. Only OCI manifests have annotations. */
  manifest(
    id: Digest,
    layers: readonly LayerBlob[],
    mediaTypes: 'oci' | 'docker',
    annotations?: Readonly<Record<string, string>>,
  ): Promise<{ readonly descriptor: Descriptor; readonly manifest: Manifest }>
  /** Writes the blob of an OCI index over manifests that are in the store. */
  index(manifests: readonly Descriptor[], annotations?: Readonly<Record<string, string>>): Promise<Descriptor>
}
