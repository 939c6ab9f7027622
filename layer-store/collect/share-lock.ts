import type { LockMode, LockOptions, StoreLock } from '../layer-store.ts'

type Locking = (mode: LockMode, options?: LockOptions) => Promise<StoreLock>

/** While this process holds the store shared, its other work uses the same lock: each lock starts a native process. */
export function shareLock(lock: Locking): Locking {
  let shared: { readonly lock: StoreLock; holds: number } | undefined
  return async (mode, options = {}) => {
    if (mode === 'exclusive') return lock(mode, options)
    const known = options.take === undefined ? shared : undefined
    const used = known ?? { lock: await lock(mode, options), holds: 0 }
    used.holds += 1
    shared ??= used
    return {
      release: async () => {
        used.holds -= 1
        if (used.holds > 0) return
        if (shared === used) shared = undefined
        await used.lock.release()
      },
    }
  }
}
