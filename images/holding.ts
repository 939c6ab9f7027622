import type { LayerStore } from '../layer-store/index.ts'

/** What the work finds in the store or puts there stays until it has ended. */
export async function holding<Result>(store: LayerStore, work: () => Promise<Result>): Promise<Result> {
  const lock = await store.lock('shared')
  try {
    return await work()
  } finally {
    await lock.release()
  }
}
