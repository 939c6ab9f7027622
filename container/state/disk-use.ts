import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { hasCode } from '../../errors/index.ts'

const BLOCK_BYTES = 512

/**
 * Disk usage of a directory tree in blocks, not lengths. Files that cannot be read, were removed concurrently or are
 * too deep for a path count as zero.
 */
export function diskUse(path: string): number {
  try {
    const found = lstatSync(path)
    const own = found.blocks * BLOCK_BYTES
    if (!found.isDirectory()) return own
    return readdirSync(path).reduce((sum, name) => sum + diskUse(join(path, name)), own)
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'EACCES', 'ENAMETOOLONG')) return 0
    throw error
  }
}
