import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readAllCacheRecords } from '../cache/cache-index.ts'
import type { Digest } from '../digest.ts'
import { isMissing } from '../files/file-errors.ts'
import { blobPath } from '../files/store-paths.ts'
import { readImageIds, readStored } from '../images/images.ts'
import type { LayerId, StorePins, StoreUsage, UsageOf } from '../layer-store.ts'
import { readCompressed } from '../layers/layer-files.ts'
import { createDiskCount, layerDiskBytes } from './disk-use.ts'

export async function storeUsage(root: string, pins: StorePins): Promise<StoreUsage> {
  const pinnedImages = new Set(pins.images ?? [])
  const ofImages = new Set<LayerId>()
  const ofPinned = new Set<LayerId>(pins.layers ?? [])
  const imageIds = readImageIds(root)
  for (const id of imageIds) {
    for (const layer of readStored(root, id)?.chain ?? []) {
      ofImages.add(layer)
      if (pinnedImages.has(id)) ofPinned.add(layer)
    }
  }
  const { recordCount, ofCache } = await cacheLayers(root, ofImages)
  const activeCache = [...ofCache].filter((id) => ofPinned.has(id))
  return {
    images: await usageOf(root, imageIds, pinnedImages, ofImages, ofPinned),
    containers: await folderUsage(join(root, 'containers'), pins.containers ?? []),
    cache: await cacheUsage(root, recordCount, ofCache, activeCache),
    volumes: await folderUsage(join(root, 'volumes'), pins.volumes ?? []),
  }
}

/** Layers that only cache records hold. */
async function cacheLayers(
  root: string,
  ofImages: ReadonlySet<LayerId>,
): Promise<{ readonly recordCount: number; readonly ofCache: ReadonlySet<LayerId> }> {
  const ofCache = new Set<LayerId>()
  let recordCount = 0
  for await (const { record } of readAllCacheRecords(root)) {
    recordCount += 1
    if (record.layer !== undefined && !ofImages.has(record.layer)) ofCache.add(record.layer)
  }
  return { recordCount, ofCache }
}

async function usageOf(
  root: string,
  ids: readonly Digest[],
  pinned: ReadonlySet<Digest>,
  layers: ReadonlySet<LayerId>,
  pinnedLayers: ReadonlySet<LayerId>,
): Promise<UsageOf> {
  let sizeBytes = 0
  let reclaimableBytes = 0
  for (const id of layers) {
    const bytes = await layerWithBlobs(root, id)
    sizeBytes += bytes
    if (!pinnedLayers.has(id)) reclaimableBytes += bytes
  }
  for (const id of ids) {
    const bytes = await createDiskCount().add(blobPath(root, id))
    sizeBytes += bytes
    if (!pinned.has(id)) reclaimableBytes += bytes
  }
  return { count: ids.length, active: ids.filter((id) => pinned.has(id)).length, sizeBytes, reclaimableBytes }
}

async function cacheUsage(
  root: string,
  count: number,
  layers: ReadonlySet<LayerId>,
  active: readonly LayerId[],
): Promise<UsageOf> {
  let sizeBytes = await createDiskCount().add(join(root, 'cache'))
  let activeBytes = 0
  for (const id of layers) {
    const bytes = await layerWithBlobs(root, id)
    sizeBytes += bytes
    if (active.includes(id)) activeBytes += bytes
  }
  return { count, active: active.length, sizeBytes, reclaimableBytes: sizeBytes - activeBytes }
}

/** An uncompressed blob may share its inode with the layer's tar, and then counts nothing of its own. */
export async function layerWithBlobs(root: string, id: LayerId): Promise<number> {
  const counted = createDiskCount()
  let sum = await layerDiskBytes(root, id)
  await counted.add(join(root, 'layers', id, 'layer.tar'))
  for (const { descriptor } of readCompressed(root, id)) sum += await counted.add(blobPath(root, descriptor.digest))
  return sum
}

async function folderUsage(folder: string, active: readonly string[]): Promise<UsageOf> {
  let sizeBytes = 0
  let reclaimableBytes = 0
  const names = namesIn(folder)
  const counted = createDiskCount()
  for (const name of names) {
    const bytes = await counted.add(join(folder, name))
    sizeBytes += bytes
    if (!active.includes(name)) reclaimableBytes += bytes
  }
  return {
    count: names.length,
    active: names.filter((name) => active.includes(name)).length,
    sizeBytes,
    reclaimableBytes,
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (isMissing(error)) return [] // the room that owns it has never stored anything
    throw error
  }
}
