import { openSync } from 'node:fs'
import { filesOf } from './container-files.ts'
import type { ContainerContext } from './context.ts'
import { isErrno } from './file-errors.ts'
import type { StoredContainer } from './stored-container.ts'

/**
 * Waits until no supervisor has the container. The lock ends when the descriptor is closed; undefined where the
 * container is gone.
 */
export async function lockContainer(context: ContainerContext, stored: StoredContainer): Promise<number | undefined> {
  let descriptor: number
  try {
    descriptor = openSync(filesOf(context.root, stored.id).lock, 'a', 0o600)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
  await context.native.trees.lock(descriptor, 'exclusive', false)
  return descriptor
}
