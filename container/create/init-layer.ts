import { chmodSync, lchownSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const DIRECTORIES = ['dev', 'proc', 'sys'] as const
const FILES = ['hosts', 'hostname', 'resolv.conf'] as const

/**
 * A layer between the image and the writable layer with the mount points of every container, so that they appear neither
 * in the writable layer nor in a commit.
 */
export function makeInitLayer(directory: string, imageTrees: readonly string[]): void {
  mkdirSync(directory, { recursive: true, mode: 0o755 })
  for (const name of DIRECTORIES) mkdirSync(join(directory, name), { recursive: true, mode: 0o755 })
  const etc = topmost(imageTrees, 'etc')
  if (etc !== undefined && !etc.isDirectory()) return // a link: the mounts follow it, and make their own places
  const own = join(directory, 'etc')
  mkdirSync(own, { recursive: true, mode: 0o755 })
  for (const name of FILES) writeFileSync(join(own, name), '', { mode: 0o644 })
  if (topmost(imageTrees, 'etc/mtab') === undefined) symlinkSync('/proc/mounts', join(own, 'mtab'))
  if (etc === undefined) return
  // Where layers meet, the upper one's owner and mode hold: they must be those of the image.
  chmodSync(own, etc.mode & 0o7777)
  lchownSync(own, etc.uid, etc.gid)
}

function topmost(trees: readonly string[], name: string) {
  for (const tree of trees) {
    const found = lstatSync(join(tree, name), { throwIfNoEntry: false })
    if (found !== undefined) return found.isCharacterDevice() ? undefined : found
  }
  return undefined
}
