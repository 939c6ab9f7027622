import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Digest, isDigest } from '../../image-spec/index.ts'
import { readAllCacheRecords } from '../cache/cache-index.ts'
import { namesIn } from '../files/names-in.ts'
import { blobPath } from '../files/store-paths.ts'
import { readImageIds } from '../images/image-ids.ts'
import { readStored } from '../images/images.ts'
import { isLayerId, layerFile, readBlobs } from '../layers/layer-files.ts'
import type { LayerId } from '../layers.ts'
import type { StorePins, StoreUsage, UsageOf } from '../upkeep.ts'
import { createDiskCount, layerDiskBytes } from './disk-use.ts'

/**
 * Layers and blobs of images count as images; all others are cache, whether or not a record refers to them, as are
 * cache mounts.
 */
export async function storeUsage(root: string, pins: StorePins): Promise<StoreUsage> {
  const images = readImageIds(root)
  const pinnedImages = images.filter((id) => pins.images?.includes(id))
  const ofImages = layersOf(root, images)
  const pinnedLayers = new Set([...layersOf(root, pinnedImages), ...(pins.layers ?? [])])
  const disk = { root, measured: new Map<Digest, number>() }
  const imageLayers = await measureLayers(disk, ofImages, pinnedLayers)
  const configs = await measureBlobs(disk, images, new Set(pinnedImages))
  const otherLayers = layersOnDisk(root).filter((id) => !ofImages.has(id))
  const cacheLayers = await measureLayers(disk, new Set(otherLayers), pinnedLayers)
  const otherBlobs = await measureBlobs(disk, blobsOnDisk(root), new Set())
  const records = await recordBytes(root)
  const mounts = await folderUsage(join(root, 'cache-mounts'), [])
  const digests = await folderUsage(join(root, 'stat-cache'), [])
  return {
    images: { count: images.length, active: pinnedImages.length, ...sumOf([imageLayers, configs]) },
    containers: await folderUsage(join(root, 'containers'), pins.containers ?? []),
    cache: {
      ...(await countRecords(root, pinnedLayers)),
      ...sumOf([cacheLayers, otherBlobs, { sizeBytes: records, reclaimableBytes: records }, mounts, digests]),
    },
    volumes: await folderUsage(join(root, 'volumes'), pins.volumes ?? []),
  }
}

type Sizes = Pick<UsageOf, 'sizeBytes' | 'reclaimableBytes'>

interface MeasuredDisk {
  readonly root: string
  /** Sizes of the blobs counted so far. */
  readonly measured: Map<Digest, number>
}

/** Each layer with its compressed forms. */
async function measureLayers(
  { root, measured }: MeasuredDisk,
  layers: ReadonlySet<LayerId>,
  pinned: ReadonlySet<LayerId>,
): Promise<Sizes> {
  const sizes: Sizes[] = []
  for (const id of layers) {
    const counted = createDiskCount()
    await counted.add(layerFile.tar(root, id)) // an uncompressed blob may share its inode
    let bytes = await layerDiskBytes(root, id)
    for (const { descriptor } of readBlobs(root, id)) {
      if (measured.has(descriptor.digest)) continue
      const blob = await counted.add(blobPath(root, descriptor.digest))
      measured.set(descriptor.digest, blob)
      bytes += blob
    }
    sizes.push({ sizeBytes: bytes, reclaimableBytes: pinned.has(id) ? 0 : bytes })
  }
  return sumOf(sizes)
}

async function measureBlobs(
  { root, measured }: MeasuredDisk,
  digests: readonly Digest[],
  pinned: ReadonlySet<Digest>,
): Promise<Sizes> {
  const sizes: Sizes[] = []
  for (const digest of digests) {
    if (measured.has(digest)) continue
    const bytes = await createDiskCount().add(blobPath(root, digest))
    measured.set(digest, bytes)
    sizes.push({ sizeBytes: bytes, reclaimableBytes: pinned.has(digest) ? 0 : bytes })
  }
  return sumOf(sizes)
}

function sumOf(sizes: readonly Sizes[]): Sizes {
  return {
    sizeBytes: sizes.reduce((sum, one) => sum + one.sizeBytes, 0),
    reclaimableBytes: sizes.reduce((sum, one) => sum + one.reclaimableBytes, 0),
  }
}

async function countRecords(
  root: string,
  pinned: ReadonlySet<LayerId>,
): Promise<{ readonly count: number; readonly active: number }> {
  let count = 0
  let active = 0
  for await (const { record } of readAllCacheRecords(root)) {
    count += 1
    if (record.layer !== undefined && pinned.has(record.layer)) active += 1
  }
  return { count, active }
}

/** Without the directories, which are kept. */
async function recordBytes(root: string): Promise<number> {
  const counted = createDiskCount()
  let bytes = 0
  for (const entry of readdirSync(join(root, 'cache'), { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += await counted.add(join(entry.parentPath, entry.name))
  }
  return bytes
}

function layersOf(root: string, images: readonly Digest[]): ReadonlySet<LayerId> {
  return new Set(images.flatMap((id) => readStored(root, id)?.chain ?? []))
}

function layersOnDisk(root: string): readonly LayerId[] {
  return readdirSync(join(root, 'layers')).filter(isLayerId)
}

function blobsOnDisk(root: string): readonly Digest[] {
  return readdirSync(join(root, 'blobs', 'sha256'))
    .map((name) => `sha256:${name}`)
    .filter(isDigest)
}

async function folderUsage(folder: string, active: readonly string[]): Promise<UsageOf> {
  const names = namesIn(folder).filter((name) => !name.startsWith('.')) // private to the owner
  const counted = createDiskCount()
  const sizes: Sizes[] = []
  for (const name of names) {
    const bytes = await counted.add(join(folder, name))
    sizes.push({ sizeBytes: bytes, reclaimableBytes: active.includes(name) ? 0 : bytes })
  }
  return { count: names.length, active: names.filter((name) => active.includes(name)).length, ...sumOf(sizes) }
}
