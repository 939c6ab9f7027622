import { closeSync, constants, openSync } from 'node:fs'
import { join } from 'node:path'
import { StoreError } from '../errors.ts'
import { withFileErrorsSync } from '../files/file-errors.ts'
import { renewUnflushedLife } from '../files/unflushed-life.ts'
import type { LockMode, LockOptions, StoreLock } from '../layer-store.ts'
import type { StoreTreeWork } from '../tree-work.ts'
import { storeHolders } from './holders.ts'

/** Opening a pipe in place of the file fails immediately; waiting for its reader would block the whole program. */
const NO_WAIT = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK

interface LockParts {
  readonly root: string
  readonly trees: StoreTreeWork
}

/** A kernel lock on a descriptor of this process, released however the process ends. */
export async function lockStore(parts: LockParts, mode: LockMode, options: LockOptions = {}): Promise<StoreLock> {
  const { root } = parts
  const { onBusy } = options
  if (onBusy !== undefined) {
    const lock = await tryLockStore(parts, mode, { tryOnly: true })
    if (lock !== undefined) return lock
    onBusy(busy(root).message)
  }
  const lock = await tryLockStore(parts, mode, options)
  if (lock === undefined) throw busy(root)
  return lock
}

/** Undefined if others hold it and the caller does not wait. */
export async function tryLockStore(
  { root, trees }: LockParts,
  mode: LockMode,
  { tryOnly = false, take, signal }: LockOptions,
): Promise<StoreLock | undefined> {
  const descriptor = withFileErrorsSync('lock the store', () => openSync(join(root, 'lock'), NO_WAIT, 0o600))
  const release = async () => closeSync(descriptor)
  try {
    if (take !== undefined) await take(descriptor)
    else if (!(await trees.lock(descriptor, { mode, tryOnly }, signal)).locked) return void (await release())
  } catch (error) {
    await release()
    throw error
  }
  renewUnflushedLife(root)
  return { release }
}

const SHOWN_HOLDERS = 3

function busy(root: string): StoreError {
  const holders = storeHolders(join(root, 'lock'))
  const shown = holders.slice(0, SHOWN_HOLDERS).map(({ pid, command }) => `process ${pid} (${command})`)
  const more = holders.length > SHOWN_HOLDERS ? ` and ${holders.length - SHOWN_HOLDERS} more` : ''
  const who = shown.length === 0 ? 'a process that this user cannot see' : shown.join(', ') + more
  return new StoreError('STORE_BUSY', `Cannot lock store "${root}": in use by ${who}`, {
    hint: 'Try again when it has ended, or wait for it with --wait',
  })
}
