import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { readAllCacheRecords, removeUnreadable, type StoredCacheRecord } from '../cache/cache-index.ts'
import { namesIn } from '../files/names-in.ts'
import type { LayerId } from '../layers.ts'
import type { PruneRequest } from '../upkeep.ts'
import { moveCacheMount, readCacheMounts, type StoredCacheMount } from './cache-mounts.ts'
import { createDiskCount, layerDiskBytes } from './disk-use.ts'

export interface PrunedCache {
  /** Layers referenced by the remaining records. */
  readonly layers: ReadonlySet<LayerId>
  /** Cache mounts that were moved away. */
  readonly hidden: readonly string[]
}

/** What must be kept in any case. */
interface Held {
  /** Layers of images: they do not count as cache. */
  readonly byImages: ReadonlySet<LayerId>
  /**
   * Layers and cache mounts of running commands. Records of these layers are kept, so that the next build finds the
   * steps.
   */
  readonly leased: ReadonlySet<string>
  readonly mountBytes: MountBytes
  /** No other command uses the store. */
  readonly isExclusive: boolean
}

/** Sizes by path. */
export type MountBytes = ReadonlyMap<string, number>

/** Removes cache records and cache mounts as requested. */
export async function pruneCache(root: string, request: PruneRequest, held: Held): Promise<PrunedCache> {
  const records: StoredCacheRecord[] = []
  for await (const stored of readAllCacheRecords(root)) records.push(stored)
  const mounts = readCacheMounts(root)
  const all = [...records, ...mounts]
  const kept = request.buildCache ? await partsToKeep(root, all, { ...request, ...held }) : new Set(all)
  for (const stored of records) if (!kept.has(stored)) rmSync(stored.path, { force: true })
  await removeUnreadable(root)
  if (request.buildCache) removeBuildRecords(root, request, held)
  const gone = mounts.filter((mount) => !kept.has(mount))
  const layers = new Set([...kept].flatMap((part) => layerOf(part) ?? []))
  return { layers, hidden: gone.map((mount) => moveCacheMount(root, mount)) }
}

/**
 * Build records for `--explain` are useless without cache records; digests of files in contexts are of little use. Every
 * directory that was a context has such a file.
 */
function removeBuildRecords(root: string, request: PruneRequest, { isExclusive }: Held): void {
  if (request.keepBytes !== undefined) return
  for (const folder of [join(root, 'cache', 'decisions'), join(root, 'stat-cache')]) {
    // A running build may be about to rename a temporary file.
    for (const name of namesIn(folder).filter((one) => isExclusive || !isTemporary(one))) {
      const path = join(folder, name)
      const usedMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
      if (request.usedBeforeMs === undefined || usedMs < request.usedBeforeMs) rmSync(path, { force: true })
    }
  }
}

/** `<name>.tmp` of a record, `<name>.<pid>` of file digests. */
function isTemporary(name: string): boolean {
  return /\.(?:tmp|\d+)$/.test(name)
}

type CachePart = StoredCacheRecord | StoredCacheMount

async function partsToKeep(
  root: string,
  parts: readonly CachePart[],
  { usedBeforeMs, keepBytes, byImages, leased, mountBytes }: PruneRequest & Held,
): Promise<ReadonlySet<CachePart>> {
  const isTooYoung = ({ lastUsedMs }: CachePart) => usedBeforeMs !== undefined && lastUsedMs >= usedBeforeMs
  const kept = new Set(parts.filter((part) => isTooYoung(part) || leased.has(leaseNameOf(part))))
  if (keepBytes === undefined) return kept
  const counted = new Set(byImages)
  let sum = 0
  for (const part of [...parts].sort((one, other) => other.lastUsedMs - one.lastUsedMs)) {
    const layer = layerOf(part)
    const bytes = await bytesOf(root, part, { counted, mountBytes })
    if (sum + bytes > keepBytes && !kept.has(part)) continue
    if (layer !== undefined) counted.add(layer)
    sum += bytes
    kept.add(part)
  }
  return kept
}

function layerOf(part: CachePart): LayerId | undefined {
  return 'record' in part ? part.record.layer : undefined
}

function leaseNameOf(part: CachePart): string {
  return 'record' in part ? (part.record.layer ?? '') : part.home
}

async function bytesOf(
  root: string,
  part: CachePart,
  { counted, mountBytes }: Pick<Held, 'mountBytes'> & { readonly counted: ReadonlySet<LayerId> },
): Promise<number> {
  if (!('record' in part)) return mountBytes.get(part.path) ?? 0
  const { layer } = part.record
  return layer === undefined || counted.has(layer) ? 0 : layerDiskBytes(root, layer)
}

/**
 * Runs before the collection, which others have to wait for. Sizes of layers are stored; those of cache mounts are
 * returned.
 */
export async function measureCache(root: string): Promise<MountBytes> {
  for await (const { record } of readAllCacheRecords(root)) {
    if (record.layer !== undefined) await layerDiskBytes(root, record.layer)
  }
  const bytes = new Map<string, number>()
  for (const { path } of readCacheMounts(root)) bytes.set(path, await createDiskCount().add(path))
  return bytes
}
