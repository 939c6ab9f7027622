import type { LayerStore, PruneWait, StoreLock } from '../layer-store.ts'
import type { StoreTreeWork } from '../tree-work.ts'
import type { PruneRequest, PruneResult } from '../upkeep.ts'
import { type CollectionTurn, takeTurn } from './collection-turn.ts'
import { leasedNames } from './lease.ts'
import { lockStore, tryLockStore } from './lock.ts'
import { collect, measureHidden } from './prune.ts'
import { measureCache } from './prune-cache.ts'

interface Collector extends Pick<LayerStore, 'root'> {
  readonly trees: StoreTreeWork
}

/**
 * Others wait only while names are read and removed. Slow work is done before and after: measuring, and deleting files
 * that were moved away.
 */
export async function pruneStore(store: Collector, request: PruneRequest, wait: PruneWait): Promise<PruneResult> {
  const { root, trees } = store
  const mountBytes = request.keepBytes === undefined ? new Map<string, number>() : await measureCache(root)
  const { result, hidden, leftovers } = await inTurn(store, wait, async (isExclusive) => {
    // Read leases first: what is missing from a lease that just ended is found in what its command stored.
    const leased = isExclusive ? new Set<string>() : leasedNames(root)
    const { images = [], layers = [] } = await request.pins()
    const kept = new Set<string>([...leased, ...images, ...layers])
    return collect(store, request, { kept, leased, mountBytes, isExclusive })
  })
  const reclaimedBytes = result.reclaimedBytes + (await measureHidden(hidden))
  const paths = [...leftovers, ...hidden.map(({ path }) => path)]
  if (paths.length > 0) await trees.remove({ paths })
  return { ...result, reclaimedBytes }
}

/** Takes an exclusive lock if the store is unused or to be waited for; otherwise one collection runs at a time. */
async function inTurn<Result>(
  { root, trees }: Collector,
  { isExclusive = false, onBusy, signal }: PruneWait,
  work: (isExclusive: boolean) => Promise<Result>,
): Promise<Result> {
  const exclusive = isExclusive
    ? await lockStore({ root, trees }, 'exclusive', { onBusy, signal })
    : await tryLockStore({ root, trees }, 'exclusive', { tryOnly: true })
  if (exclusive !== undefined) return releasing(exclusive, () => work(true))
  const lock = await lockStore({ root, trees }, 'shared', { signal })
  return releasing(lock, async () => {
    const turn = await takeTurn(root, trees, signal)
    return ending(turn, () => work(false))
  })
}

async function releasing<Result>(lock: StoreLock, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } finally {
    await lock.release()
  }
}

async function ending<Result>(turn: CollectionTurn, work: () => Promise<Result>): Promise<Result> {
  try {
    turn.announce()
    return await work()
  } finally {
    turn.end()
  }
}
