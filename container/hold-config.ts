import { closeSync, constants, openSync } from 'node:fs'
import { filesOf } from './container-files.ts'
import type { ContainerContext } from './context.ts'
import { ContainerError } from './errors.ts'
import { isErrno } from './file-errors.ts'
import { findStored, type StoredContainer } from './stored-container.ts'

/**
 * For work that reads config.json and writes it anew: as it is now, and by one process at a time, so that nobody's
 * change is lost. Throws CONTAINER_MISSING where the container was removed meanwhile.
 */
export async function holdConfig<T>(
  context: ContainerContext,
  { id, name }: Pick<StoredContainer, 'id' | 'name'>,
  work: (stored: StoredContainer) => Promise<T>,
): Promise<T> {
  const lock = openDirectory(filesOf(context.root, id).directory) ?? gone(name)
  try {
    await context.native.trees.lock(lock, { mode: 'exclusive', tryOnly: false })
    return await work(findStored(context.root, id) ?? gone(name))
  } finally {
    closeSync(lock)
  }
}

function openDirectory(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY)
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}

function gone(name: string): never {
  throw new ContainerError('CONTAINER_MISSING', `Cannot find container "${name}": it was removed meanwhile`, {
    exitCode: 1,
  })
}
