import type { Descriptor, Digest, ImageConfig, Manifest } from '../image-spec/index.ts'
import type { Chain, LayerBlob } from './layers.ts'

/** An image; its ID is the digest of its configuration. */
export interface Image {
  readonly id: Digest
  readonly config: ImageConfig
  readonly chain: Chain
  /** RFC 3339 time at which it was added to this store. */
  readonly storedAt: string
}

/** Adds what lists of images show; requires reading every name and the facts of every layer. */
export interface ImageRecord extends Image {
  /** Full references with a tag, such as `docker.io/library/busybox:latest`. */
  readonly tags: readonly string[]
  /** `docker.io/library/busybox@sha256:…` as pulled or pushed. */
  readonly repositoryDigests: readonly string[]
  /** Total of all uncompressed layers. */
  readonly sizeBytes: number
}

/** A container created from an image. */
export interface ImageUser {
  readonly name: string
  /** It must be stopped before removal. */
  readonly isUp: boolean
}

/** Notation of a manifest or an index. */
export interface DocumentForm {
  readonly mediaTypes: 'oci' | 'docker'
  readonly annotations?: Readonly<Record<string, string>> | undefined
}

export interface Images {
  /** Stores the configuration and the record; idempotent. `chain` must match the configuration's diff IDs. */
  put(config: ImageConfig | Uint8Array, chain: Chain): Promise<Image>
  /**
   * Moves the tag from other images if necessary. Several images form one multi-platform image: one per platform. Emits
   * an event, unless it is part of an operation that emits its own.
   */
  tag(ids: Digest | readonly Digest[], reference: string, options?: { readonly emitsEvent?: boolean }): Promise<void>
  /** Tags all images that currently have another name. */
  tagAs(name: string, reference: string, options?: { readonly emitsEvent?: boolean }): Promise<void>
  /** Removes a tag; true if it existed. */
  untag(reference: string): Promise<boolean>
  /** Records that a repository has images under a digest: one for a manifest's, several for an index's. */
  addRepositoryDigest(ids: Digest | readonly Digest[], repository: string, manifest: Digest): Promise<void>
  /** All images with the reference, in tagging order. */
  findAllByReference(reference: string): Promise<readonly Image[]>
  /** By ID or unambiguous prefix of its hex digits. */
  findById(idOrPrefix: string): Promise<ImageRecord | undefined>
  get(id: Digest): Promise<ImageRecord>
  list(): Promise<readonly ImageRecord[]>
  /**
   * Removes the record and its tags; layers are removed by the next garbage collection. STORE_IMAGE_IN_USE if `usedBy`
   * lists containers.
   */
  remove(id: Digest, usedBy?: readonly ImageUser[]): Promise<void>
  /** Descriptor of the configuration, for a manifest. */
  configDescriptor(id: Digest, mediaTypes: 'oci' | 'docker'): Promise<Descriptor>
  /** Writes manifest and config blobs for the given layers; the config has their diff IDs. Only OCI manifests have annotations. */
  manifest(
    id: Digest,
    layers: readonly LayerBlob[],
    form: DocumentForm,
  ): Promise<{ readonly descriptor: Descriptor; readonly manifest: Manifest }>
  /** Writes an OCI index or Docker manifest list of manifests in the store. */
  index(manifests: readonly Descriptor[], form: DocumentForm): Promise<Descriptor>
}
