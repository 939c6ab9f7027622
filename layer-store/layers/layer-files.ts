import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Descriptor, Digest } from '../../image-spec/index.ts'
import {
  asDigest,
  asSize,
  asText,
  asWholeNumber,
  field,
  hexOf,
  optional,
  parseDescriptor,
  present,
} from '../../image-spec/index.ts'
import { withFileErrorsSync } from '../files/file-errors.ts'
import { namesIn } from '../files/names-in.ts'
import { publishNewRecord, publishRecord, readRecord } from '../files/publish.ts'
import { blobPath, diffIdPath, layerFolder } from '../files/store-paths.ts'
import { isPastLife, unflushedLife } from '../files/unflushed-life.ts'
import type { LayerId, LayerRecord } from '../layers.ts'

/**
 * Facts about a layer are separate small files in its directory, each written once: two processes that learn different
 * facts at the same time lose neither.
 *
 *   layer.json           created with the layer; its presence means that the layer exists
 *   diff.json            diff ID, uncompressed size, and total size of the files
 *   compressed/<hex>     one for each compressed form ever seen
 *   estargz/<hex>        one for each eStargz blob created from it, which contains more than the layer
 *   tree/                the overlay directory left by a step, flushed at unmount
 *   tree-<life>/         a tree unpacked from the tar or a blob: not flushed, so valid only for one life of its
 *   filesystem
 *   tar-<life>/          a blob written as tar with entry index, likewise
 *   layer.tar, index     the tar form and its entry index
 *   literal              present if `.wh.x` in the tar is a file name: see hasLiteralNames()
 *   remote/<hex>         one for each place that a compressed form can be fetched from
 *   disk.json            disk usage in blocks, once counted
 */
export interface DiffFact {
  readonly diffId: Digest
  readonly sizeBytes?: number
  readonly contentBytes?: number
}

export interface CompressedFact {
  readonly descriptor: Descriptor
  /** See LayerBlob. */
  readonly diffId?: Digest
  readonly level?: number
  /** Compressed by this store: created again in another form if requested; absent if the blob was received. */
  readonly isMade?: true
  /** SECURITY: whether its content was verified against the diff ID, rather than merely claimed by a manifest. */
  readonly isVerified: boolean
}

export const layerFile = {
  record: (root: string, id: LayerId) => join(layerFolder(root, id), 'layer.json'),
  diff: (root: string, id: LayerId) => join(layerFolder(root, id), 'diff.json'),
  compressed: (root: string, id: LayerId) => join(layerFolder(root, id), 'compressed'),
  estargz: (root: string, id: LayerId) => join(layerFolder(root, id), 'estargz'),
  tree: (root: string, id: LayerId) => (hasOwnTree(root, id) ? ownTree(root, id) : layerFile.unpacked(root, id)),
  unpacked: (root: string, id: LayerId) => join(layerFolder(root, id), `tree-${unflushedLife(root)}`),
  unpackedTar: (root: string, id: LayerId) => join(layerFolder(root, id), `tar-${unflushedLife(root)}`),
  tar: (root: string, id: LayerId) => join(layerFolder(root, id), 'layer.tar'),
  index: (root: string, id: LayerId) => join(layerFolder(root, id), 'index'),
  literal: (root: string, id: LayerId) => join(layerFolder(root, id), 'literal'),
  remote: (root: string, id: LayerId) => join(layerFolder(root, id), 'remote'),
  disk: (root: string, id: LayerId) => join(layerFolder(root, id), 'disk.json'),
} as const

/** Unpacked trees of earlier boots and mounts, which a power failure or a lost disk may have damaged unnoticed. */
export function doubtfulTrees(root: string, id: LayerId): readonly string[] {
  const folder = layerFolder(root, id)
  return namesIn(folder).flatMap((name) => {
    const life = /^(?:tree|tar)-([0-9a-z-]+)$/.exec(name)?.[1]
    return life !== undefined && isPastLife(root, life) ? [join(folder, name)] : []
  })
}

function ownTree(root: string, id: LayerId): string {
  return join(layerFolder(root, id), 'tree')
}

function hasOwnTree(root: string, id: LayerId): boolean {
  return exists(ownTree(root, id))
}

export function isLayerId(text: string): text is LayerId {
  return /^[a-z2-7]{12}$/.test(text)
}

/** The current record of the layer; undefined if it is not in the store. */
export function readLayer(root: string, id: LayerId): LayerRecord | undefined {
  const shape = { value: isLayerId(id) ? readRecord(layerFile.record(root, id)) : undefined, at: `layer ${id}` }
  if (shape.value === undefined) return undefined
  return {
    id,
    ...readDiff(root, id),
    hasTree: exists(layerFile.tree(root, id)),
    hasTar: exists(layerFile.tar(root, id)),
    compressed: readCompressed(root, id).map((fact) => fact.descriptor),
    createdAt: asText(field(shape, 'createdAt')),
  }
}

export function readDiff(root: string, id: LayerId): DiffFact | undefined {
  const shape = { value: readRecord(layerFile.diff(root, id)), at: `diff ID of layer ${id}` }
  return optional(shape, (found) => ({
    diffId: asDigest(field(found, 'diffId')),
    ...present('sizeBytes', optional(field(found, 'sizeBytes'), asSize)),
    ...present('contentBytes', optional(field(found, 'contentBytes'), asSize)),
  }))
}

export function writeDiff(root: string, id: LayerId, fact: DiffFact): void {
  publishRecord(root, layerFile.diff(root, id), fact)
}

/** Blobs that decompress to the layer; verified ones first. */
export function readCompressed(root: string, id: LayerId): readonly CompressedFact[] {
  const facts = readFacts(layerFile.compressed(root, id), id)
  return [...facts.filter((fact) => fact.isVerified), ...facts.filter((fact) => !fact.isVerified)]
}

/** All blobs that can be passed on as the layer. */
export function readBlobs(root: string, id: LayerId): readonly CompressedFact[] {
  return [...readCompressed(root, id), ...readFacts(layerFile.estargz(root, id), id)]
}

function readFacts(folder: string, id: LayerId): readonly CompressedFact[] {
  return namesIn(folder).flatMap((name) => {
    const shape = { value: readRecord(join(folder, name)), at: `compressed form of layer ${id}` }
    const fact = optional(shape, (found) => ({
      descriptor: parseDescriptor(field(found, 'descriptor')),
      ...present('diffId', optional(field(found, 'diffId'), asDigest)),
      ...present('level', optional(field(found, 'level'), asWholeNumber)),
      ...(field(found, 'isMade').value === true && { isMade: true as const }),
      isVerified: field(found, 'isVerified').value === true,
    }))
    return fact === undefined ? [] : [fact]
  })
}

export function writeCompressed(root: string, id: LayerId, fact: CompressedFact): void {
  const folder = fact.diffId === undefined ? layerFile.compressed(root, id) : layerFile.estargz(root, id)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, hexOf(fact.descriptor.digest))
  if (fact.isVerified) publishRecord(root, path, fact)
  else publishNewRecord(root, path, fact) // a mere claim never replaces a verified fact
}

/** The layer with a diff ID, if it still exists. Older stores have links that claimDiffId() refuses today. */
export function readDiffIdLink(root: string, diffId: Digest): LayerId | undefined {
  const shape = { value: readRecord(diffIdPath(root, diffId)), at: `layer of ${diffId}` }
  const id = optional(shape, (found) => asText(field(found, 'layer')))
  if (id === undefined || !isLayerId(id) || hasOwnTree(root, id)) return undefined
  return readDiff(root, id)?.diffId === diffId && hasRecord(root, id) ? id : undefined
}

/**
 * Makes the layer the one for its diff ID; returns the winner, which may be an earlier layer. One with literal names
 * never qualifies: in an image, the same bytes delete files. SECURITY: nor does one left by a step: besides its
 * changes, its tree has files copied up unchanged from its base, which would hide those of another base.
 */
export function claimDiffId(root: string, diffId: Digest, id: LayerId): LayerId {
  if (hasLiteralNames(root, id) || hasOwnTree(root, id)) return id
  const path = diffIdPath(root, diffId)
  if (publishNewRecord(root, path, { layer: id })) return id
  const first = readDiffIdLink(root, diffId)
  if (first !== undefined) return first
  publishRecord(root, path, { layer: id }) // the link outlived its layer
  return id
}

/**
 * What must survive a power failure for the layer to be known, and its blob or remote locations if nothing else exists.
 * Trees are flushed by the kernel in its own time.
 */
export function filesToKeep(root: string, id: LayerId): readonly string[] {
  const compressed = filesIn(layerFile.compressed(root, id))
  const layer = readLayer(root, id)
  const isFromBlob = layer !== undefined && !hasOwnTree(root, id) && !layer.hasTar
  const blobs = isFromBlob ? layer.compressed.map(({ digest }) => blobPath(root, digest)) : []
  const locations = isFromBlob && blobs.length === 0 ? filesIn(layerFile.remote(root, id)) : []
  // A step's tree was flushed when its overlay was unmounted, and an unpacked one can be recreated.
  const tar = layer?.hasTar ? [layerFile.tar(root, id), layerFile.index(root, id)] : []
  const records = [layerFile.record(root, id), layerFile.diff(root, id), layerFolder(root, id)]
  return [...records, ...compressed, ...blobs, ...locations, ...tar]
}

/** A directory and its content; empty if it does not exist. */
function filesIn(folder: string): readonly string[] {
  const names = namesIn(folder)
  return names.length === 0 ? [] : [folder, ...names.map((name) => join(folder, name))]
}

export function hasLiteralNames(root: string, id: LayerId): boolean {
  return exists(layerFile.literal(root, id))
}

export function hasRecord(root: string, id: LayerId): boolean {
  return exists(layerFile.record(root, id))
}

function exists(path: string): boolean {
  return withFileErrorsSync(`read "${path}"`, () => statSync(path, { throwIfNoEntry: false }) !== undefined)
}
