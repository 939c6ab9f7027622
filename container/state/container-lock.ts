import { closeSync, openSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import type { ContainerContext } from '../contract/context.ts'
import { filesOf } from './container-files.ts'
import { changeStore, isErrno } from './file-errors.ts'
import type { StoredContainer } from './stored-container.ts'

const ROUND_MS = 5

/**
 * Waits until no supervisor has the container; `meanwhile` is called before each try, may throw, and gives true to wait
 * no longer. The lock ends when the descriptor is closed; undefined where the container is gone, or waited for no longer.
 */
export async function lockContainer(
  context: ContainerContext,
  stored: Pick<StoredContainer, 'id'>,
  meanwhile: () => Promise<boolean> = async () => false,
): Promise<number | undefined> {
  const { lock } = filesOf(context.root, stored.id)
  const descriptor = changeStore(`lock container "${stored.id.slice(0, 12)}"`, () => openLock(lock))
  if (descriptor === undefined) return undefined
  try {
    for (;;) {
      if (await meanwhile()) break
      if ((await context.native.trees.lock(descriptor, { mode: 'exclusive', tryOnly: true })).locked) return descriptor
      await setTimeout(ROUND_MS)
    }
    closeSync(descriptor)
    return undefined
  } catch (error) {
    closeSync(descriptor)
    throw error
  }
}

function openLock(path: string): number | undefined {
  try {
    return openSync(path, 'a', 0o600)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
}
