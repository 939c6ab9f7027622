import { readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Digest } from '../../image-spec/index.ts'
import { isDigest, present } from '../../image-spec/index.ts'
import { flushPaths } from '../files/publish.ts'
import { blobPath, diffIdPath, imagePath, layerFolder } from '../files/store-paths.ts'
import { temporaryName } from '../files/temporary-owner.ts'
import { readImageIds } from '../images/image-ids.ts'
import { readStored, removeImage } from '../images/images.ts'
import { isDigestReference, readAllReferences } from '../images/references.ts'
import { isLayerId, readBlobs, readDiff, readDiffIdLink } from '../layers/layer-files.ts'
import type { LayerId } from '../layers.ts'
import type { StoreTreeWork } from '../tree-work.ts'
import type { PruneRequest, PruneResult } from '../upkeep.ts'
import { createDiskCount, knownDiskBytes } from './disk-use.ts'
import { type MountBytes, pruneCache } from './prune-cache.ts'
import { sweepTemporary } from './sweep-temporary.ts'

export interface Collected {
  /** Without the size of files moved away. */
  readonly result: PruneResult
  /** Layers, cache mounts and blobs that were moved away. */
  readonly hidden: readonly HiddenFiles[]
  /** Temporary files of killed commands. */
  readonly leftovers: readonly string[]
}

/** Measuring and deleting these takes long; builds need not wait for it. */
export interface HiddenFiles {
  readonly path: string
  /** Absent if it must be measured, and is at least `atLeastBytes`. */
  readonly diskBytes?: number
  readonly atLeastBytes?: number
}

export interface Keep {
  /** Layers, images and blobs to keep. */
  readonly kept: ReadonlySet<string>
  /** Those used by running commands. */
  readonly leased: ReadonlySet<string>
  readonly mountBytes: MountBytes
  /** No other command uses the store. */
  readonly isExclusive: boolean
}

/**
 * Removes everything unneeded. The caller has the turn. Names are removed before records, records before data, and a
 * layer is moved away by a single rename: if killed, the store stays consistent, and the next collection finishes the
 * work.
 */
export async function collect(
  { root, trees }: { readonly root: string; readonly trees: StoreTreeWork },
  request: PruneRequest,
  { kept, leased, mountBytes, isExclusive }: Keep,
): Promise<Collected> {
  const deletedImages = await removeImages(root, request, kept)
  const byImages = layersOfImages(root)
  const cache = await pruneCache(root, request, { byImages, leased, mountBytes, isExclusive })
  const all = new Set<string>([...byImages, ...kept, ...cache.layers])
  const layers = moveLayers(root, all)
  if (isExclusive) removeStaleLinks(root)
  const blobs = await moveBlobs(root, all)
  const leftovers = await sweepTemporary(root, trees, isExclusive)
  const result = {
    deletedImages,
    deletedLayers: layers.deleted,
    deletedBlobs: blobs.deleted,
    reclaimedBytes: blobs.bytes,
  }
  const mounts = cache.hidden.map((path) => ({ path }))
  return { result, hidden: [...layers.hidden, ...mounts, ...blobs.hidden], leftovers }
}

export async function measureHidden(hidden: readonly HiddenFiles[]): Promise<number> {
  let sum = 0
  for (const { path, diskBytes, atLeastBytes = 0 } of hidden) {
    if (diskBytes !== undefined) {
      sum += diskBytes
      continue
    }
    const counted = createDiskCount()
    const blocks = await counted.add(path)
    sum += counted.isPartial() ? Math.max(blocks, atLeastBytes) : blocks
  }
  return sum
}

async function removeImages(
  root: string,
  request: PruneRequest,
  kept: ReadonlySet<string>,
): Promise<readonly string[]> {
  if (!request.allImages && !request.danglingImages) return []
  const references = readAllReferences(root)
  const removed: string[] = []
  for (const id of readImageIds(root)) {
    const names = references.get(id) ?? []
    const isDangling = names.every(isDigestReference)
    if (kept.has(id) || !(request.allImages || isDangling) || !isUsedBefore(imagePath(root, id), request)) continue
    if (readStored(root, id) === undefined) rmSync(imagePath(root, id), { force: true })
    else await removeImage(root, id, { names })
    removed.push(...names, id)
  }
  // names must not reappear without their layers after a power failure
  if (removed.length > 0) await flushPaths(['tags', 'images'].map((folder) => join(root, folder)))
  return removed
}

/** False if it has been removed meanwhile. */
function isUsedBefore(path: string, { usedBeforeMs }: PruneRequest): boolean {
  if (usedBeforeMs === undefined) return true
  const found = statSync(path, { throwIfNoEntry: false })
  return found !== undefined && found.mtimeMs < usedBeforeMs
}

function layersOfImages(root: string): ReadonlySet<LayerId> {
  return new Set(readImageIds(root).flatMap((id) => readStored(root, id)?.chain ?? []))
}

function moveLayers(
  root: string,
  kept: ReadonlySet<string>,
): { readonly deleted: readonly LayerId[]; readonly hidden: readonly HiddenFiles[] } {
  const deleted: LayerId[] = []
  const hidden: HiddenFiles[] = []
  for (const id of readdirSync(join(root, 'layers'))) {
    if (!isLayerId(id) || kept.has(id)) continue
    const sizes = {
      ...present('diskBytes', knownDiskBytes(root, id)),
      ...present('atLeastBytes', readDiff(root, id)?.sizeBytes),
    }
    removeDiffIdLink(root, id)
    hidden.push({ path: hideFile(root, layerFolder(root, id)), ...sizes })
    deleted.push(id)
  }
  return { deleted, hidden }
}

function hideFile(root: string, path: string): string {
  const target = join(root, 'tmp', temporaryName())
  renameSync(path, target)
  return target
}

function removeDiffIdLink(root: string, id: LayerId): void {
  const known = readDiff(root, id)
  if (known !== undefined && readDiffIdLink(root, known.diffId) === id) rmSync(diffIdPath(root, known.diffId))
}

/** Links that outlived their layer, or were truncated. */
function removeStaleLinks(root: string): void {
  for (const name of readdirSync(join(root, 'by-diff-id'))) {
    const diffId = `sha256:${name}`
    if (isDigest(diffId) && readDiffIdLink(root, diffId) === undefined) rmSync(diffIdPath(root, diffId))
  }
}

/** Keeps configurations of images, their manifests in repositories, and compressed forms of kept layers. */
async function moveBlobs(
  root: string,
  others: ReadonlySet<string>,
): Promise<{ readonly deleted: readonly Digest[]; readonly hidden: readonly HiddenFiles[]; readonly bytes: number }> {
  const kept = new Set<string>([...others, ...readImageIds(root)])
  for (const names of readAllReferences(root).values()) {
    for (const name of names.filter(isDigestReference)) kept.add(name.slice(name.indexOf('@') + 1))
  }
  for (const id of readdirSync(join(root, 'layers')).filter(isLayerId)) {
    for (const { descriptor } of readBlobs(root, id)) kept.add(descriptor.digest)
  }
  const deleted: Digest[] = []
  const hidden: HiddenFiles[] = []
  const counted = createDiskCount()
  let bytes = 0
  for (const name of readdirSync(join(root, 'blobs', 'sha256'))) {
    const digest = `sha256:${name}`
    if (!isDigest(digest) || kept.has(digest)) continue
    const path = blobPath(root, digest)
    const found = statSync(path, { throwIfNoEntry: false })
    if (found === undefined) continue // a command found it damaged and removed it
    // The bytes stay on disk as long as a layer's tar shares them.
    if (found.nlink === 1) bytes += await counted.add(path)
    hidden.push({ path: hideFile(root, path), diskBytes: 0 })
    deleted.push(digest)
  }
  return { deleted, hidden, bytes }
}
