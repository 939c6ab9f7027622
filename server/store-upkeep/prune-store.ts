import { statfs } from 'node:fs/promises'
import * as v from 'valibot'
import type { StoreWork } from './store-work.ts'

export const prunePolicy = v.object({
  keepBytes: v.number(),
  /** 0: keep data regardless of its age. */
  keepDays: v.number(),
  /** Space that should be free on the disk. */
  wantFreeBytes: v.number(),
})
export type PrunePolicy = Readonly<v.InferOutput<typeof prunePolicy>>

export const pruneReport = v.object({ sizeBytes: v.number(), reclaimedBytes: v.number() })
export type PruneReport = Readonly<v.InferOutput<typeof pruneReport>>

const DAY_MS = 86_400_000
const HOUR_DAYS = 1 / 24
/** Fractions of the retention time, tried in this order, so that recently used data is removed last. */
const SHORTER = [1 / 4, 1 / 16, 1 / 64]
/** If no age limit is configured, older data is still removed first. */
const MANY_DAYS = 60

/**
 * Removes data that is too old; then, while the store is too large or the disk too full, the least recently used.
 * Images of the last hour are kept: one that was loaded manually cannot be fetched again.
 */
export async function pruneStore(store: StoreWork, policy: PrunePolicy): Promise<PruneReport> {
  const { keepDays } = policy
  let reclaimedBytes = 0
  const pruneBefore = async (days: number): Promise<void> => {
    const usedBeforeMs = Date.now() - days * DAY_MS
    reclaimedBytes += await store.prune({ all: true, usedBeforeMs })
  }
  if (keepDays > 0) await pruneBefore(keepDays)
  let found = await measure(store, policy)
  for (const days of [...SHORTER.map((share) => share * (keepDays || MANY_DAYS)), HOUR_DAYS]) {
    if (found.excessBytes === 0) break
    await pruneBefore(days)
    found = await measure(store, policy)
  }
  if (found.excessBytes > 0) {
    const keepBytes = Math.max(0, found.cacheBytes - found.excessBytes)
    reclaimedBytes += await store.prune({ all: false, keepBytes })
    found = await measure(store, policy)
  }
  return { sizeBytes: found.sizeBytes, reclaimedBytes }
}

async function measure(store: StoreWork, { keepBytes, wantFreeBytes }: PrunePolicy) {
  const { root, groups } = await store.usage()
  const sizeBytes = groups.reduce((sum, group) => sum + group.sizeBytes, 0)
  const { bavail, bsize } = await statfs(root)
  const images = groups.find(({ name }) => name === 'images')?.sizeBytes ?? 0
  const tooLarge = sizeBytes - keepBytes
  const tooFull = wantFreeBytes - bavail * bsize
  return { sizeBytes, cacheBytes: sizeBytes - images, excessBytes: Math.max(0, tooLarge, tooFull) }
}
