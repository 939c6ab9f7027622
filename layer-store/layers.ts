import type { Descriptor, Digest } from '../image-spec/index.ts'
import type { FileFollower } from './file-follower.ts'

declare const brand: unique symbol
/**
 * Local short name of a layer (12 characters of lower-case base32), short enough for hundreds of overlay lower
 * directories.
 */
export type LayerId = string & { readonly [brand]: 'LayerId' }

/** Layers from bottom to top: the content of a filesystem. */
export type Chain = readonly LayerId[]

/** A layer as recorded; its forms are created from each other on demand. */
export interface LayerRecord {
  readonly id: LayerId
  /** Known once computed or pulled. */
  readonly diffId?: Digest
  /** Size of the uncompressed tar, if known. */
  readonly sizeBytes?: number
  /** Size of its files, which docker reports as a layer's size. Known after the layer was read once. */
  readonly contentBytes?: number
  readonly hasTree: boolean
  /** `tar` file with entry index in the layer's directory. */
  readonly hasTar: boolean
  /** Compressed forms that exist or existed: nothing is compressed twice. Blobs may have been garbage-collected. */
  readonly compressed: readonly Descriptor[]
  readonly createdAt: string
}

/**
 * Location of a layer's blob elsewhere. `address` is resolved by the `bring` function that the store was opened with.
 */
export interface RemoteForm {
  readonly descriptor: Descriptor
  readonly address: string
}

/** A layer being created, invisible until it is committed. Abandoned drafts are garbage-collected. */
export interface LayerDraft {
  readonly id: LayerId
  readonly directory: string
  /** Overlay upper directory (mode 0755). */
  readonly tree: string
  /** Overlay work directory. */
  readonly work: string
  /** Where to write a layer in tar form. */
  readonly tar: string
  readonly index: string
}

/** A form in which the native binary can read a layer now. Matches the sandbox driver's LayerSource. */
export type LayerForm =
  | { readonly kind: 'tree'; readonly path: string }
  | { readonly kind: 'tar'; readonly path: string; readonly index: string }

/** Wraps the unpacking of a layer, for example to show it. */
export type AroundUnpack = (layer: LayerRecord, unpack: () => Promise<void>) => Promise<void>

export interface Layers {
  /** A draft in tar form has neither `tree` nor `work`. */
  draft(form?: 'tree' | 'tar'): Promise<LayerDraft>
  /** Publishes a draft's tree by rename. */
  commitTree(draft: LayerDraft): Promise<LayerRecord>
  /** Publishes a draft's tar by rename. An existing layer with the same diff ID wins, unless names are literal. */
  commitTar(
    draft: LayerDraft,
    known: {
      readonly diffId?: Digest
      readonly sizeBytes: number
      readonly contentBytes?: number
      readonly hasLiteralNames?: boolean
    },
  ): Promise<LayerRecord>
  abandon(draft: LayerDraft): Promise<void>
  /**
   * Adds a pulled or loaded layer whose blob is in the blob store. An existing layer with the same diff ID gains the
   * descriptor.
   */
  addBlob(descriptor: Descriptor, diffId: Digest): Promise<LayerRecord>
  /**
   * A layer known by its diff ID and fetched when its content is needed. Without forms it is a name only: reading it
   * fails with STORE_LAYER_MISSING. An existing layer with the same diff ID gains the forms.
   */
  addRemote(diffId: Digest, forms: readonly RemoteForm[]): Promise<LayerId>
  /** Locations of the layer's blob if it is not in the store; otherwise empty. */
  remoteForms(id: LayerId): Promise<readonly RemoteForm[]>
  /** Addresses where the layer's blob was found, even if it is in the store now. */
  addresses(id: LayerId): Promise<readonly string[]>
  /**
   * Fetches missing layers, several concurrently, and verifies them against their diff IDs. Fails with an error that
   * names a layer that cannot be found anywhere.
   */
  fetchBlob(chain: Chain, signal?: AbortSignal): Promise<void>
  get(id: LayerId): Promise<LayerRecord>
  findByDiffId(diffId: Digest): Promise<LayerRecord | undefined>
  /**
   * Overlay directories of the chain, top first without duplicates, created if missing (once for concurrent callers;
   * verified against the diff ID).
   */
  trees(chain: Chain, signal?: AbortSignal, around?: AroundUnpack): Promise<readonly string[]>
  /**
   * Starts unpacking a layer while its blob arrives; finish it once the blob is verified and added. Undefined if that
   * has to wait: a layer below is not ready, or no tree is needed.
   */
  startTree(below: Chain, arriving: ArrivingBlob): Promise<FileFollower<void> | undefined>
  /** Readable forms of the chain, top first: tars and trees as they are; blobs are unpacked. */
  forms(chain: Chain, signal?: AbortSignal, around?: AroundUnpack): Promise<readonly LayerForm[]>
  /** The layer's tar, if it is here: all files of a layer are read from it in half the time that a tree takes. */
  tar(id: LayerId): Promise<LayerForm | undefined>
  /** Diff IDs of the chain, bottom first, computed if missing (once for concurrent callers). */
  diffIds(chain: Chain, signal?: AbortSignal): Promise<readonly Digest[]>
  /**
   * Only within a build: a file called `.wh.x` in the tar is a file of that name in the tree, as later steps of
   * docker's build see it. Images cannot have such layers: there the same tar deletes "x".
   */
  hasLiteralNames(id: LayerId): Promise<boolean>
  /** The chain's last layer as a blob in the blob store, compressed once and recorded. */
  blob(chain: Chain, compression: LayerCompression, signal?: AbortSignal): Promise<LayerBlob>
  /** The result of `blob` if nothing has to be compressed or read for it; else undefined. */
  existingBlob(id: LayerId, compression: LayerCompression): Promise<LayerBlob | undefined>
  list(): AsyncIterable<LayerRecord>
}

/** A layer's blob being written. */
export interface ArrivingBlob {
  readonly descriptor: Descriptor
  readonly diffId: Digest
  readonly path: string
}

export interface LayerBlob extends Descriptor {
  /** Set if it differs from the layer's: an eStargz blob has a table of contents after the layer. */
  readonly diffId?: Digest
}

/** `estargz`: gzip that allows fetching single files. */
export type CompressionAlgorithm = 'none' | 'gzip' | 'zstd' | 'estargz'

export type LayerCompression = {
  readonly algorithm: CompressionAlgorithm
  readonly level?: number
  /** A layer that arrived compressed keeps its blob. */
  readonly keepsKnown?: boolean
  readonly mediaTypes: 'oci' | 'docker'
  /** Path of a new blob, called once it may contain data: for readers that do not wait for its end. */
  readonly onWriting?: ((path: string) => void) | undefined
  /** Uncompressed bytes processed while the blob is created. */
  readonly onProgress?: ((doneBytes: number, totalBytes: number | undefined) => void) | undefined
}
