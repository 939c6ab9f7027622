import type { Descriptor, Digest } from '../image-spec/index.ts'
import type { FileFollower } from './file-follower.ts'

declare const brand: unique symbol
/** Local short name of a layer (lower-case base32, 12 characters): short enough for hundreds of overlay lowers. */
export type LayerId = string & { readonly [brand]: 'LayerId' }

/** Layers from the bottom to the top: the content of a filesystem. */
export type Chain = readonly LayerId[]

/** A layer as recorded; its forms are made from each other on demand. */
export interface LayerRecord {
  readonly id: LayerId
  /** Known once computed or pulled. */
  readonly diffId?: Digest
  /** Of the uncompressed tar, where known. */
  readonly sizeBytes?: number
  /** Of the files in it: docker's size of a layer. Known once it was read through. */
  readonly contentBytes?: number
  readonly hasTree: boolean
  /** `tar` file with entry index in the layer's directory. */
  readonly hasTar: boolean
  /** Compressed forms that exist or existed: nothing compresses twice. Blobs may have been collected. */
  readonly compressed: readonly Descriptor[]
  readonly createdAt: string
}

/** A blob of a layer that is elsewhere. `address` is understood by what the store was opened with to fetch it. */
export interface RemoteForm {
  readonly descriptor: Descriptor
  readonly address: string
}

/** Room for a new layer; it is invisible until it is committed. Abandoned drafts are collected. */
export interface LayerDraft {
  readonly id: LayerId
  readonly directory: string
  /** Overlay upper directory (exists, mode 0755). */
  readonly tree: string
  /** Overlay work directory (exists). */
  readonly work: string
  /** Where a tar-form layer is to be written. */
  readonly tar: string
  readonly index: string
}

/** How the binary can read a layer now, without making another form. Matches the sandbox driver's LayerSource. */
export type LayerForm =
  | { readonly kind: 'tree'; readonly path: string }
  | { readonly kind: 'tar'; readonly path: string; readonly index: string }

/** Does the unpacking of a layer, and may show that it runs. */
export type AroundUnpack = (layer: LayerRecord, unpack: () => Promise<void>) => Promise<void>

export interface Layers {
  draft(): Promise<LayerDraft>
  /** Publishes by rename: a draft's tree. */
  commitTree(draft: LayerDraft): Promise<LayerRecord>
  /** Publishes by rename: a draft's tar. A layer of equal diff id that exists already wins, unless names are literal. */
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
  /** A pulled or loaded layer: its blob is in the blob store. A layer of equal diff id that exists already gains the descriptor. */
  addBlob(descriptor: Descriptor, diffId: Digest): Promise<LayerRecord>
  /**
   * A layer that is known by its diff ID and fetched when its content is needed. Without forms it has a name only:
   * reading it fails with STORE_LAYER_MISSING. A layer of equal diff ID that exists already gains the forms.
   */
  addRemote(diffId: Digest, forms: readonly RemoteForm[]): Promise<LayerId>
  /** Where the layer's blob is, if it is not here; empty otherwise. */
  remoteForms(id: LayerId): Promise<readonly RemoteForm[]>
  /** Where the layer's blob was found, also if it is here by now. */
  addresses(id: LayerId): Promise<readonly string[]>
  /**
   * Fetches layers that are not here, several at once, and verifies them against their diff IDs. Fails with an error that
   * names a layer which no place has.
   */
  bring(chain: Chain, signal?: AbortSignal): Promise<void>
  get(id: LayerId): Promise<LayerRecord>
  findByDiffId(diffId: Digest): Promise<LayerRecord | undefined>
  /**
   * Overlay directories of the chain, top first and each once, created where missing (once for all callers; verified
   * against the diff ID).
   */
  trees(chain: Chain, signal?: AbortSignal, around?: AroundUnpack): Promise<readonly string[]>
  /**
   * Begins the tree of a layer while its blob arrives; to be finished once the blob is verified and added. Undefined where
   * that has to wait: a layer below is not ready, or no tree is wanted.
   */
  startTree(below: Chain, arriving: ArrivingBlob): Promise<FileFollower<void> | undefined>
  /** Readable forms of the chain, top first: tar or tree as they are; blobs become trees. */
  forms(chain: Chain, signal?: AbortSignal, around?: AroundUnpack): Promise<readonly LayerForm[]>
  /** Diff ids of the chain, bottom first, computed where missing (once for all callers). */
  diffIds(chain: Chain, signal?: AbortSignal): Promise<readonly Digest[]>
  /**
   * Only within a build: a file of the tar that is called `.wh.x` is one in the tree too, as later steps of docker's
   * build see it. No image has such a layer: there the same tar deletes "x".
   */
  hasLiteralNames(id: LayerId): Promise<boolean>
  /** The layer at `chain[position]` as a blob in the blob store, compressed once and remembered. */
  blob(chain: Chain, position: number, compression: LayerCompression, signal?: AbortSignal): Promise<LayerBlob>
  /** What `blob` gives where it has nothing to make and nothing to read through; else undefined. */
  madeBlob(id: LayerId, compression: LayerCompression): Promise<LayerBlob | undefined>
  list(): AsyncIterable<LayerRecord>
}

/** A layer's blob that is being written. */
export interface ArrivingBlob {
  readonly descriptor: Descriptor
  readonly diffId: Digest
  readonly path: string
}

export interface LayerBlob extends Descriptor {
  /** Where it is not the layer's: of an eStargz blob, which has a table of contents behind the layer. */
  readonly diffId?: Digest
}

/** `estargz`: gzip, from which single files can be fetched. */
export type CompressionAlgorithm = 'none' | 'gzip' | 'zstd' | 'estargz'

export type LayerCompression = {
  readonly algorithm: CompressionAlgorithm
  readonly level?: number
  /** A layer that came compressed keeps its blob. */
  readonly keepsKnown?: boolean
  readonly mediaTypes: 'oci' | 'docker'
  /** Where a new blob is being written, once the first bytes may be there: for readers that do not wait for its end. */
  readonly onWriting?: ((path: string) => void) | undefined
  /** Uncompressed bytes that are done, while the blob is made. */
  readonly onProgress?: ((doneBytes: number, totalBytes: number | undefined) => void) | undefined
}
