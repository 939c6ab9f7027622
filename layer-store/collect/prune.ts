import { readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Digest } from '../../image-spec/index.ts'
import { isDigest } from '../../image-spec/index.ts'
import { makeDurable } from '../files/publish.ts'
import { blobPath, diffIdPath, imagePath, layerFolder } from '../files/store-paths.ts'
import { ownerState, temporaryName } from '../files/temporary-owner.ts'
import { readImageIds, readStored, removeImage } from '../images/images.ts'
import { isDigestReference, readAllReferences } from '../images/references.ts'
import { doubtfulTrees, isLayerId, readBlobs, readDiff, readDiffIdLink } from '../layers/layer-files.ts'
import type { LayerId } from '../layers.ts'
import type { StoreTreeWork } from '../tree-work.ts'
import type { PruneRequest, PruneResult } from '../upkeep.ts'
import { createDiskCount, layerDiskBytes } from './disk-use.ts'
import { pruneCache } from './prune-cache.ts'

export interface Collected {
  readonly result: PruneResult
  /** Layers and cache mounts that left their places: removing their files takes long, and builds need not wait for it. */
  readonly away: readonly string[]
}

/**
 * Removes what nothing needs. The caller holds the store alone. Names go before records, records before data, and a
 * layer leaves its place by one rename: killed anywhere, the store is whole, and the next collection finishes the work.
 */
export async function collect(root: string, trees: StoreTreeWork, request: PruneRequest): Promise<Collected> {
  await sweepTemporary(root, trees)
  const deletedImages = await removeImages(root, request)
  const imageLayers = layersOfImages(root)
  const cache = await pruneCache(root, request, imageLayers)
  const kept = new Set([...imageLayers, ...request.pinnedLayers, ...cache.layers])
  const layers = await moveLayers(root, kept)
  const blobs = await removeBlobs(root, kept)
  const result = {
    deletedImages,
    deletedLayers: layers.deleted,
    deletedBlobs: blobs.deleted,
    reclaimedBytes: layers.bytes + cache.bytes + blobs.bytes,
  }
  return { result, away: [...layers.away, ...cache.away] }
}

/** No other process uses the store now, so that only what a living process of this machine owns may be in use. */
async function sweepTemporary(root: string, trees: StoreTreeWork): Promise<void> {
  const isAbandoned = (name: string) => !['self', 'alive'].includes(ownerState(name))
  const abandoned = [join(root, 'tmp'), ...layerFolders(root)].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => (folder.endsWith('/tmp') || /^(\.unpack-)?tree\./.test(name)) && isAbandoned(name))
      .map((name) => join(folder, name)),
  )
  const doubtful = readdirSync(join(root, 'layers'))
    .filter(isLayerId)
    .flatMap((id) => doubtfulTrees(root, id))
  if (abandoned.length + doubtful.length > 0) await trees.remove({ paths: [...abandoned, ...doubtful] })
}

async function removeImages(root: string, request: PruneRequest): Promise<readonly string[]> {
  if (!request.allImages && !request.danglingImages) return []
  const references = readAllReferences(root)
  const pinned = new Set(request.pinnedImages)
  const removed: string[] = []
  for (const id of readImageIds(root)) {
    const names = references.get(id) ?? []
    const isDangling = names.every(isDigestReference)
    if (pinned.has(id) || !(request.allImages || isDangling) || !isUsedBefore(imagePath(root, id), request)) continue
    if (readStored(root, id) === undefined) rmSync(imagePath(root, id), { force: true })
    else await removeImage(root, id, [])
    removed.push(...names, id)
  }
  await makeDurable([join(root, 'images')]) // names must not come back without their layers
  return removed
}

function isUsedBefore(path: string, request: PruneRequest): boolean {
  return request.usedBeforeMs === undefined || statSync(path).mtimeMs < request.usedBeforeMs
}

function layersOfImages(root: string): ReadonlySet<LayerId> {
  return new Set(readImageIds(root).flatMap((id) => readStored(root, id)?.chain ?? []))
}

async function moveLayers(
  root: string,
  kept: ReadonlySet<LayerId>,
): Promise<{ readonly deleted: readonly LayerId[]; readonly away: readonly string[]; readonly bytes: number }> {
  const deleted: LayerId[] = []
  const away: string[] = []
  let bytes = 0
  for (const id of readdirSync(join(root, 'layers'))) {
    if (!isLayerId(id) || kept.has(id)) continue
    bytes += await layerDiskBytes(root, id)
    const target = join(root, 'tmp', temporaryName())
    removeDiffIdLink(root, id)
    renameSync(layerFolder(root, id), target)
    away.push(target)
    deleted.push(id)
  }
  removeStaleLinks(root)
  return { deleted, away, bytes }
}

function removeDiffIdLink(root: string, id: LayerId): void {
  const known = readDiff(root, id)
  if (known !== undefined && readDiffIdLink(root, known.diffId) === id) rmSync(diffIdPath(root, known.diffId))
}

/** Links that outlived their layer, or were torn. */
function removeStaleLinks(root: string): void {
  for (const name of readdirSync(join(root, 'by-diff-id'))) {
    const diffId = `sha256:${name}`
    if (isDigest(diffId) && readDiffIdLink(root, diffId) === undefined) rmSync(diffIdPath(root, diffId))
  }
}

/** Kept: configurations of images, manifests that repositories have of them, and compressed forms of kept layers. */
async function removeBlobs(
  root: string,
  layers: ReadonlySet<LayerId>,
): Promise<{ readonly deleted: readonly Digest[]; readonly bytes: number }> {
  const kept = new Set<Digest>(readImageIds(root))
  for (const names of readAllReferences(root).values()) {
    for (const name of names.filter(isDigestReference)) {
      const digest = name.slice(name.indexOf('@') + 1)
      if (isDigest(digest)) kept.add(digest)
    }
  }
  for (const id of layers) for (const { descriptor } of readBlobs(root, id)) kept.add(descriptor.digest)
  const deleted: Digest[] = []
  const counted = createDiskCount()
  let bytes = 0
  for (const name of readdirSync(join(root, 'blobs', 'sha256'))) {
    const digest = `sha256:${name}`
    if (!isDigest(digest) || kept.has(digest)) continue
    const path = blobPath(root, digest)
    // The bytes stay on disk for as long as a layer's tar shares them.
    if (statSync(path).nlink === 1) bytes += await counted.add(path)
    rmSync(path, { force: true })
    deleted.push(digest)
  }
  return { deleted, bytes }
}

function layerFolders(root: string): readonly string[] {
  return readdirSync(join(root, 'layers'))
    .filter(isLayerId)
    .map((id) => layerFolder(root, id))
}
