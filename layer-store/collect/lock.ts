import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { StoreError } from '../errors.ts'
import { withFileErrorsSync } from '../files/file-errors.ts'
import type { LayerStore, LockOptions, LockPatience, StoreLock } from '../layer-store.ts'
import type { StoreTreeWork } from '../tree-work.ts'
import { askForTurn, giveWay } from './give-way.ts'
import { storeHolders } from './holders.ts'

export interface StoreLocks {
  readonly lock: LayerStore['lock']
  /** Waits for the present users to end, and lets those that come later hold back for a while. */
  lockAlone(patience: LockPatience): Promise<StoreLock>
}

/** The lock is the kernel's, on a descriptor of this process: it ends with the process, however that ends. */
export function createLocks(root: string, trees: StoreTreeWork): StoreLocks {
  let shared = 0
  return {
    async lock(mode, options = {}) {
      // Who holds the store already must not wait for a collection that waits for it.
      if (mode === 'shared' && options.tryOnly !== true && shared === 0) await giveWay(root)
      const { release } = await takeLock(root, trees, [mode, options])
      if (mode === 'exclusive') return { release }
      shared += 1
      return {
        release: () => {
          shared -= 1
          return release()
        },
      }
    },
    lockAlone: (patience) => lockAlone(root, trees, patience),
  }
}

type LockRequest = readonly [mode: 'shared' | 'exclusive', options: LockOptions]

async function takeLock(root: string, trees: StoreTreeWork, request: LockRequest): Promise<StoreLock> {
  const lock = await tryLock(root, trees, request)
  if (lock === undefined) throw busy(root)
  return lock
}

/** Undefined where others hold it and it is not to be waited for. */
async function tryLock(
  root: string,
  trees: StoreTreeWork,
  [mode, { tryOnly = false, take }]: LockRequest,
): Promise<StoreLock | undefined> {
  const descriptor = withFileErrorsSync('lock the store', () => openSync(join(root, 'lock'), 'a', 0o600))
  const release = async () => closeSync(descriptor)
  try {
    if (take !== undefined) await take(descriptor)
    else if (!(await trees.lock(descriptor, { mode, tryOnly })).locked) return void (await release())
  } catch (error) {
    await release()
    throw error
  }
  return { release }
}

const PATIENCE_MS = 20_000
/** Each try starts a process: fewer where the wait is long. */
const RETRY_MS = { soon: 100, late: 1000 }

async function lockAlone(
  root: string,
  trees: StoreTreeWork,
  { patienceMs = PATIENCE_MS, onBusy, signal }: LockPatience,
): Promise<StoreLock> {
  const begin = Date.now()
  let turn: ReturnType<typeof askForTurn> | undefined
  try {
    for (;;) {
      const lock = await tryLock(root, trees, ['exclusive', { tryOnly: true }])
      if (lock !== undefined) return lock
      const waitedMs = Date.now() - begin
      if (waitedMs >= patienceMs) throw busy(root)
      if (turn === undefined) onBusy?.(busy(root).message)
      turn ??= askForTurn(root)
      await pause(waitedMs < PATIENCE_MS ? RETRY_MS.soon : RETRY_MS.late, undefined, { signal })
    }
  } finally {
    turn?.withdraw()
  }
}

const SHOWN_HOLDERS = 3

function busy(root: string): StoreError {
  const holders = storeHolders(join(root, 'lock'))
  const shown = holders.slice(0, SHOWN_HOLDERS).map(({ pid, command }) => `process ${pid} (${command})`)
  const more = holders.length > SHOWN_HOLDERS ? ` and ${holders.length - SHOWN_HOLDERS} more` : ''
  const who = shown.length === 0 ? 'a process that this user cannot see' : shown.join(', ') + more
  return new StoreError('STORE_BUSY', `Cannot lock store "${root}": in use by ${who}`, {
    hint: 'Try again when it has ended, or let prune wait for it with --wait',
  })
}
