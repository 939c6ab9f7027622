import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { ContainerError } from '../contract/errors.ts'

/**
 * Reads a file that determines which processes are killed or entered. SECURITY: the owner of another user's store could
 * name any process of the caller there. Throws CONTAINER_DAMAGED.
 */
export function readOwnFile(path: string): string {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const found = fstatSync(file)
    if (found.uid !== process.geteuid?.()) throw notOwn(path, found.uid)
    return found.isFile() ? readFileSync(file, 'utf8') : ''
  } finally {
    closeSync(file)
  }
}

function notOwn(path: string, uid: number): ContainerError {
  const id = basename(dirname(path)).slice(0, 12)
  return new ContainerError(
    'CONTAINER_DAMAGED',
    `Cannot read container "${id}": its ${basename(path)} belongs to user ${uid} (expected the caller)`,
    { hint: 'Run the command as the owner of the store' },
  )
}
