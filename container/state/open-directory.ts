import { constants, openSync } from 'node:fs'
import { hasCode } from '../../layer-store/index.ts'

/** A descriptor, to be closed; undefined where there is none. */
export function openDirectory(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY)
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}
