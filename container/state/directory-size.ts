import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { hasCode } from '../../errors/index.ts'

/**
 * SPEC: moby pkg/directory, Size, used for docker's SizeRw: lengths of files and links, each inode once, without
 * directories. Files that cannot be read or were removed concurrently count as zero.
 */
export function directorySize(path: string): number {
  return sizeBelow(path, new Set())
}

function sizeBelow(path: string, seen: Set<number>): number {
  try {
    const found = lstatSync(path)
    if (found.isDirectory()) return readdirSync(path).reduce((sum, name) => sum + sizeBelow(join(path, name), seen), 0)
    if (seen.has(found.ino)) return 0
    seen.add(found.ino)
    return found.size
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'EACCES', 'ENAMETOOLONG')) return 0
    throw error
  }
}
