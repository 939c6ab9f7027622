import type { Readable } from 'node:stream'
import type { Descriptor, Manifest } from './descriptor.ts'
import type { Digest } from './digest.ts'
import type { Events } from './events/event.ts'
import type { ImageConfig } from './image-config.ts'

declare const brand: unique symbol
/** Local short name of a layer (lower-case base32, 12 characters): short enough for hundreds of overlay lowers. */
export type LayerId = string & { readonly [brand]: 'LayerId' }

/** Layers from the bottom to the top: the content of a filesystem. */
export type Chain = readonly LayerId[]

/** Root of everything durable. Opening makes the directories; a store of a newer version is refused. */
export interface LayerStore {
  readonly root: string
  readonly blobs: BlobStore
  readonly layers: Layers
  readonly images: Images
  readonly cache: CacheIndex
  readonly events: Events
  /** Held by everything that uses layers or blobs, shared; collection takes it alone. Released by close or death. */
  lock(mode: 'shared' | 'exclusive', options?: LockOptions): Promise<StoreLock>
  /** Without pins nothing counts as active. */
  usage(pins?: StorePins): Promise<StoreUsage>
  /** Takes the store alone: STORE_BUSY if others keep using it. */
  prune(request: PruneRequest): Promise<PruneResult>
}

export interface LockOptions {
  /** Fails with STORE_BUSY instead of waiting. */
  readonly tryOnly?: boolean
  /** Locks the descriptor in the asked mode, in place of the store: for who has other work for the same process. */
  readonly take?: (descriptor: number) => Promise<void>
}

export interface StoreLock {
  release(): Promise<void>
}

// ---------------------------------------------------------------- blobs

/** Verified, immutable bytes by digest. */
export interface BlobStore {
  /** Repeatable: resolving means "the blob is here". On wrong bytes: STORE_DIGEST_MISMATCH, nothing left behind. */
  put(want: Descriptor, bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void>
  /** Stores bytes whose digest is not known yet. */
  putBytes(bytes: Uint8Array): Promise<{ readonly digest: Digest; readonly size: number }>
  /** Takes over a finished file that native work wrote and hashed in `temporaryPath()`. */
  adopt(path: string, digest: Digest): Promise<void>
  /** A fresh path on the store's filesystem for a file to be adopted or deleted. */
  temporaryPath(): string
  /** Claims what an interrupted download of the blob left, or a fresh place. No other living process gets the same. */
  claimPartial(digest: Digest): PartialBlob
  /** Verified: fails at its end unless size and digest match. */
  open(blob: Descriptor): Readable
  /** Small blobs (manifests, configs) whole and verified; at most `maxBytes` (default 4 MiB). */
  read(digest: Digest, maxBytes?: number): Promise<Buffer>
  has(digest: Digest): Promise<boolean>
  path(digest: Digest): string
  size(digest: Digest): Promise<number | undefined>
  delete(digest: Digest): Promise<void>
  list(): AsyncIterable<Digest>
}

/** Room for a blob under way, to be adopted when it is whole. Collection removes what nobody works on. */
export interface PartialBlob {
  /** The bytes so far; need not exist. */
  readonly path: string
  /** For whatever continues the work; need not exist. */
  readonly statePath: string
  /** Leaves it for the next claim, of this or another process. */
  keep(): void
  /** Removes what is still there. */
  discard(): void
}

// ---------------------------------------------------------------- layers

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

/** Room for a new layer; nobody sees it until it is committed. Abandoned drafts are collected. */
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
  get(id: LayerId): Promise<LayerRecord>
  findByDiffId(diffId: Digest): Promise<LayerRecord | undefined>
  /** Overlay directories of the chain, top first and each once, made where missing (once, whoever asks; verified against the diff id). */
  trees(chain: Chain, signal?: AbortSignal): Promise<readonly string[]>
  /** Readable forms of the chain, top first: tar or tree as they are; blobs become trees. */
  forms(chain: Chain, signal?: AbortSignal): Promise<readonly LayerForm[]>
  /** Diff ids of the chain, bottom first, computed where missing (once, whoever asks). */
  diffIds(chain: Chain, signal?: AbortSignal): Promise<readonly Digest[]>
  /**
   * Only within a build: a file of the tar that is called `.wh.x` is one in the tree too, as later steps of docker's
   * build see it. No image has such a layer: there the same tar deletes "x".
   */
  hasLiteralNames(id: LayerId): Promise<boolean>
  /** The layer at `chain[position]` as a blob in the blob store, compressed once and remembered. */
  blob(chain: Chain, position: number, compression: LayerCompression, signal?: AbortSignal): Promise<Descriptor>
  list(): AsyncIterable<LayerRecord>
}

export type LayerCompression = {
  readonly algorithm: 'none' | 'gzip' | 'zstd'
  readonly level?: number
  readonly mediaTypes: 'oci' | 'docker'
  /** Uncompressed bytes that are done, while the blob is made. */
  readonly onProgress?: ((doneBytes: number, totalBytes: number | undefined) => void) | undefined
}

// ---------------------------------------------------------------- images

/** An image: its id is the digest of its configuration. */
export interface Image {
  readonly id: Digest
  readonly config: ImageConfig
  readonly chain: Chain
  /** RFC 3339: when it came into this store. */
  readonly storedAt: string
}

/** With what is told of it in lists: every name is read for that, and the facts of every layer. */
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
   * event, unless it is part of something that is told itself.
   */
  tag(ids: Digest | readonly Digest[], reference: string, options?: { readonly isTold?: boolean }): Promise<void>
  /** Tags all images that have another name now. */
  tagAs(name: string, reference: string, options?: { readonly isTold?: boolean }): Promise<void>
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
  /** Writes manifest and config blobs for the given layer descriptors. Only OCI manifests have annotations. */
  manifest(
    id: Digest,
    layers: readonly Descriptor[],
    mediaTypes: 'oci' | 'docker',
    annotations?: Readonly<Record<string, string>>,
  ): Promise<{ readonly descriptor: Descriptor; readonly manifest: Manifest }>
  /** Writes the blob of an OCI index over manifests that are in the store. */
  index(manifests: readonly Descriptor[], annotations?: Readonly<Record<string, string>>): Promise<Descriptor>
}

// ---------------------------------------------------------------- cache

/** What a step made, by cache key. Torn or foreign records read as missing. */
export interface CacheIndex {
  find(key: string): Promise<CacheRecord | undefined>
  put(key: string, record: CacheRecord): Promise<void>
  /** The decision record of the last build of the same step name, for `--explain`. */
  findDecision(stepName: string): Promise<unknown | undefined>
  putDecision(stepName: string, decision: unknown): Promise<void>
  list(): AsyncIterable<{
    readonly key: string
    readonly record: CacheRecord
    readonly lastUsedAt: string
    readonly usageCount: number
  }>
}

export interface CacheRecord {
  /** The layer that the step added on its base; absent if it changed nothing. */
  readonly layer?: LayerId
  /** Anything else a later build needs to know (a URL's ETag, a git commit). */
  readonly facts?: Readonly<Record<string, string>>
  readonly createdAt: string
  readonly description: string
}

// ---------------------------------------------------------------- upkeep

export interface StoreUsage {
  readonly images: UsageOf
  readonly containers: UsageOf
  readonly cache: UsageOf
  readonly volumes: UsageOf
}

/** What other rooms hold: the store itself knows no containers. Names are those of the directories below the root. */
export interface StorePins {
  readonly images?: readonly Digest[]
  readonly layers?: readonly LayerId[]
  readonly containers?: readonly string[]
  readonly volumes?: readonly string[]
}

export interface UsageOf {
  readonly count: number
  readonly active: number
  /** Real disk use: blocks, not lengths; shared layers once. */
  readonly sizeBytes: number
  readonly reclaimableBytes: number
}

export interface PruneRequest {
  /** Untagged images without containers too. */
  readonly danglingImages?: boolean
  /** All images without containers. */
  readonly allImages?: boolean
  readonly buildCache?: boolean
  /** Only what was last used before this time (ms since the epoch). */
  readonly usedBeforeMs?: number
  /** Keep the most recently used cache up to this size. */
  readonly keepBytes?: number
  /** Layers and images that containers hold. */
  readonly pinnedImages: readonly Digest[]
  readonly pinnedLayers: readonly LayerId[]
}

export interface PruneResult {
  readonly deletedImages: readonly string[]
  readonly deletedLayers: readonly LayerId[]
  readonly deletedBlobs: readonly Digest[]
  readonly reclaimedBytes: number
}

/** What the store needs done natively; the sandbox driver's TreeWork fits. */
export interface StoreTreeWork {
  packLayer(
    request: {
      readonly layer: LayerForm | { readonly kind: 'blob'; readonly path: string }
      readonly base: readonly LayerForm[]
      readonly output?: {
        readonly path: string
        readonly compression: 'none' | 'gzip' | 'zstd'
        readonly level?: number
      }
      readonly index?: string
    },
    signal?: AbortSignal,
    onProgress?: (doneBytes: number) => void,
  ): Promise<{
    readonly diffId: string
    readonly sizeBytes: number
    readonly contentBytes: number
    readonly entryCount: number
    readonly digest?: string
    readonly outputSizeBytes?: number
  }>
  unpackLayer(
    request: {
      readonly blob: string
      readonly expectDigest?: string
      readonly expectDiffId?: string
      readonly tree: string
      readonly base: readonly LayerForm[]
      readonly literalNames?: boolean
    },
    signal?: AbortSignal,
  ): Promise<{
    readonly diffId: string
    readonly sizeBytes: number
    readonly contentBytes: number
    readonly entryCount: number
  }>
  remove(request: { readonly paths: readonly string[] }): Promise<void>
  lock(descriptor: number, mode: 'shared' | 'exclusive', tryOnly: boolean): Promise<{ readonly locked: boolean }>
}
