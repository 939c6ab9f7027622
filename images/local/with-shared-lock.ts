import type { LayerStore } from '../../layer-store/index.ts'

/** Holds a shared store lock during the work, so that whatever it finds or stores there is kept. */
export async function withSharedLock<Result>(store: LayerStore, work: () => Promise<Result>): Promise<Result> {
  const lock = await store.lock('shared')
  try {
    return await work()
  } finally {
    await lock.release()
  }
}
