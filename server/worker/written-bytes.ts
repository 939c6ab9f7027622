import { lstat, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { createDiskCount, temporaryOwner } from '../../layer-store/index.ts'

/** The number of bytes that one build's process writes to a store, measured from outside. */
export interface WrittenBytes {
  /** Cheap: called often, so that short-lived files are counted. */
  discover(): Promise<void>
  count(): Promise<number>
}

interface Counted {
  readonly modifiedMs: number
  readonly bytes: number
}

export function createWrittenBytes(store: string, pid: number): WrittenBytes {
  const temporary = new Map<string, number>() // inodes by path
  const published = new Map<string, Counted | undefined>()
  const caches = new Map<string, number>() // by directory: size at the start
  const shelves = [createShelf(join(store, 'layers')), createShelf(join(store, 'blobs/sha256'))]

  const discoverFiles = async (): Promise<void> => {
    const names = await namesIn(join(store, 'tmp'))
    const paths = names.filter((name) => temporaryOwner(name) === pid).map((name) => join(store, 'tmp', name))
    const gone = [...temporary].filter(([path]) => !paths.includes(path))
    for (const [path] of gone) temporary.delete(path)
    const inodes = new Set(gone.map(([, inode]) => inode))
    if (inodes.size > 0)
      for (const shelf of shelves) for (const path of await shelf(inodes)) published.set(path, undefined)
    for (const path of paths) {
      const found = temporary.has(path) ? undefined : await lstat(path).catch(() => undefined)
      if (found !== undefined) temporary.set(path, found.ino)
    }
  }
  return {
    discover: async () => {
      await discoverFiles()
      for (const cache of await heldCaches(pid)) if (!caches.has(cache)) caches.set(cache, await bytesOf(cache))
    },
    count: async () => {
      let sum = 0
      for (const path of temporary.keys()) sum += await bytesOf(path)
      for (const [path, known] of published) {
        const counted = await recount(path, known)
        published.set(path, counted)
        sum += counted.bytes
      }
      for (const [path, first] of caches) sum += Math.max(0, (await bytesOf(path)) - first)
      return sum
    },
  }
}

/** Finds files that were renamed into a directory, by inode; checks each name once. */
function createShelf(directory: string): (inodes: ReadonlySet<number>) => Promise<readonly string[]> {
  const known = new Set<string>()
  return async (inodes) => {
    const fresh = (await namesIn(directory)).filter((name) => !known.has(name))
    const found: string[] = []
    for (const name of fresh) {
      known.add(name)
      const path = join(directory, name)
      const stat = await lstat(path).catch(() => undefined)
      if (stat !== undefined && inodes.has(stat.ino)) found.push(path)
    }
    return found
  }
}

/** A published layer changes only while another form of it is created, in a temporary file within it. */
async function recount(path: string, known: Counted | undefined): Promise<Counted> {
  const stat = await lstat(path).catch(() => undefined)
  if (stat === undefined) return { modifiedMs: 0, bytes: 0 }
  const isGrowing = stat.isDirectory() && (await namesIn(path)).some((name) => temporaryOwner(name) !== undefined)
  if (known !== undefined && !isGrowing && known.modifiedMs === stat.mtimeMs) return known
  return { modifiedMs: isGrowing ? 0 : stat.mtimeMs, bytes: await bytesOf(path) }
}

/** Cache mounts that the process uses: their locks are among its open files. */
async function heldCaches(pid: number): Promise<readonly string[]> {
  const directory = `/proc/${pid}/fd`
  const links = await Promise.all(
    (await namesIn(directory)).map((name) => readlink(join(directory, name)).catch(() => '')),
  )
  return links.flatMap((link) => /^(.*\/cache-mounts\/.*)\.lock$/.exec(link)?.[1] ?? [])
}

function bytesOf(path: string): Promise<number> {
  return createDiskCount().add(path)
}

function namesIn(directory: string): Promise<string[]> {
  return readdir(directory).catch(() => []) // absent, or removed while counting
}
