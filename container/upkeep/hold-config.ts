import { closeSync } from 'node:fs'
import type { ContainerContext } from '../contract/context.ts'
import { filesOf } from '../state/container-files.ts'
import { openDirectory } from '../state/open-directory.ts'
import { findStored, type StoredContainer } from '../state/stored-container.ts'
import { removedConcurrently } from './hold-container.ts'

/**
 * For read-modify-write of config.json: reads the current version and excludes other processes, so that no change is
 * lost. Throws CONTAINER_MISSING if the container was removed concurrently.
 */
export async function holdConfig<T>(
  context: ContainerContext,
  found: StoredContainer,
  work: (stored: StoredContainer) => Promise<T>,
): Promise<T> {
  const { root, native } = context
  const lock = openDirectory(filesOf(root, found.id).directory)
  if (lock === undefined) throw removedConcurrently(found)
  try {
    await native.trees.lock(lock, { mode: 'exclusive', tryOnly: false })
    const stored = findStored(root, found.id)
    if (stored === undefined) throw removedConcurrently(found)
    return await work(stored)
  } finally {
    closeSync(lock)
  }
}
