import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { readAllCacheRecords, removeUnreadable, type StoredCacheRecord } from '../cache/cache-index.ts'
import type { LayerId } from '../layers.ts'
import type { PruneRequest } from '../upkeep.ts'
import { layerDiskBytes } from './disk-use.ts'

/** Removes cache records as asked; gives the layers that the remaining ones hold. */
export async function pruneCache(
  root: string,
  request: PruneRequest,
  heldAnyway: ReadonlySet<LayerId>,
): Promise<ReadonlySet<LayerId>> {
  const records: StoredCacheRecord[] = []
  for await (const stored of readAllCacheRecords(root)) records.push(stored)
  const kept = request.buildCache ? await recordsToKeep(root, records, request, heldAnyway) : new Set(records)
  for (const stored of records) if (!kept.has(stored)) rmSync(stored.path, { force: true })
  await removeUnreadable(root)
  if (request.buildCache) removeBuildRecords(root, request)
  return new Set([...kept].flatMap(({ record }) => record.layer ?? []))
}

/** What `--explain` compares with is of no use without the records. */
function removeBuildRecords(root: string, request: PruneRequest): void {
  if (request.keepBytes !== undefined) return
  const folder = join(root, 'cache', 'decisions')
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    if (request.usedBeforeMs === undefined || statSync(path).mtimeMs < request.usedBeforeMs) rmSync(path)
  }
}

async function recordsToKeep(
  root: string,
  records: readonly StoredCacheRecord[],
  request: PruneRequest,
  heldAnyway: ReadonlySet<LayerId>,
): Promise<ReadonlySet<StoredCacheRecord>> {
  const { usedBeforeMs, keepBytes } = request
  const tooYoung = records.filter(({ lastUsedMs }) => usedBeforeMs !== undefined && lastUsedMs >= usedBeforeMs)
  const kept = new Set(tooYoung)
  if (keepBytes === undefined) return kept
  const counted = new Set(heldAnyway)
  let sum = 0
  for (const stored of [...records].sort((one, other) => other.lastUsedMs - one.lastUsedMs)) {
    const { layer } = stored.record
    const bytes = layer === undefined || counted.has(layer) ? 0 : await layerDiskBytes(root, layer)
    if (sum + bytes > keepBytes && !kept.has(stored)) continue
    if (layer !== undefined) counted.add(layer)
    sum += bytes
    kept.add(stored)
  }
  return kept
}
