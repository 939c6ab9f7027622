import { chmodSync, lchownSync, lstatSync, mkdirSync, type Stats, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const DIRECTORIES = ['dev/pts', 'dev/shm', 'proc', 'sys'] as const
/** By the last one, programs recognize a container of docker. */
const FILES = ['dev/console', '.dockerenv'] as const
const FILES_OF_ETC = ['hosts', 'hostname', 'resolv.conf'] as const

/**
 * A layer between the image and the writable layer with the mount points of every container, which keeps them out of
 * the writable layer and of commits. An export contains them.
 */
export function createInitLayer(directory: string, imageTrees: readonly string[]): void {
  mkdirSync(directory, { recursive: true, mode: 0o755 })
  for (const name of DIRECTORIES) mkdirSync(join(directory, name), { recursive: true, mode: 0o755 })
  for (const name of FILES) writeFileSync(join(directory, name), '', { mode: 0o755 })
  const etc = topmost(imageTrees, 'etc')
  if (etc !== undefined && !etc.isDirectory()) return // a link: mounts follow it and create their own mount points
  const own = join(directory, 'etc')
  mkdirSync(own, { recursive: true, mode: 0o755 })
  for (const name of FILES_OF_ETC) {
    if (topmost(imageTrees, `etc/${name}`)?.isFile() !== true) writeFileSync(join(own, name), '', { mode: 0o644 })
  }
  if (topmost(imageTrees, 'etc/mtab') === undefined) symlinkSync('/proc/mounts', join(own, 'mtab'))
  if (etc === undefined) return
  // The upper layer's owner and mode apply to merged directories: they must match the image's.
  chmodSync(own, etc.mode & 0o7777)
  lchownSync(own, etc.uid, etc.gid)
}

/** Undefined also if a whiteout, or a parent that is not a directory, hides the file of the trees below. */
function topmost(trees: readonly string[], name: string): Stats | undefined {
  const parent = dirname(name)
  for (const tree of trees) {
    const above = lstatSync(join(tree, parent), { throwIfNoEntry: false })
    if (above === undefined) continue
    if (!above.isDirectory()) return undefined
    const found = lstatSync(join(tree, name), { throwIfNoEntry: false })
    if (found !== undefined) return found.isCharacterDevice() ? undefined : found
  }
  return undefined
}
