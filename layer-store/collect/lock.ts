import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { StoreError } from '../errors.ts'
import { withFileErrorsSync } from '../files/file-errors.ts'
import type { LayerStore, StoreLock } from '../layer-store.ts'
import type { StoreTreeWork } from '../tree-work.ts'

/** The lock is the kernel's, on a descriptor of this process: it ends with the process, however that ends. */
export async function lockStore(
  root: string,
  trees: StoreTreeWork,
  ...[mode, { tryOnly = false, take } = {}]: Parameters<LayerStore['lock']>
): Promise<StoreLock> {
  const descriptor = withFileErrorsSync('lock the store', () => openSync(join(root, 'lock'), 'a', 0o600))
  try {
    if (take !== undefined) await take(descriptor)
    else if (!(await trees.lock(descriptor, { mode, tryOnly })).locked) throw busy(root)
  } catch (error) {
    closeSync(descriptor)
    throw error
  }
  return { release: async () => closeSync(descriptor) }
}

const PATIENCE_MS = 5_000
const RETRY_MS = 100

/** Waits for short uses by others to end, but not for a whole build. */
export async function lockAlone(root: string, trees: StoreTreeWork): Promise<StoreLock> {
  const deadline = Date.now() + PATIENCE_MS
  for (;;) {
    try {
      return await lockStore(root, trees, 'exclusive', { tryOnly: true })
    } catch (error) {
      const isBusy = error instanceof StoreError && error.code === 'STORE_BUSY'
      if (!isBusy || Date.now() > deadline) throw error
    }
    await pause(RETRY_MS)
  }
}

function busy(root: string): StoreError {
  return new StoreError('STORE_BUSY', `Cannot lock store "${root}": another command is using it (nobody)`, {
    hint: 'wait for running builds to end, then try again',
  })
}
