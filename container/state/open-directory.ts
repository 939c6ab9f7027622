import { constants, openSync } from 'node:fs'
import { hasCode } from '../../errors/index.ts'

/** Returns a descriptor that the caller must close; undefined if the directory does not exist. */
export function openDirectory(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY)
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}
