import { renameSync, rmdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { hasCode } from '../../errors/index.ts'
import { namesIn } from '../files/names-in.ts'
import { temporaryName } from '../files/temporary-owner.ts'

/** A directory of `RUN --mount=type=cache`, which the builder creates, fills and locks. */
export interface StoredCacheMount {
  readonly path: string
  /** Directory of all mounts with the same identity, as their users keep it. */
  readonly home: string
  readonly lastUsedMs: number
}

/** One per number below `cache-mounts/<hex>/`; the lock file has the time of last use. */
export function readCacheMounts(root: string): readonly StoredCacheMount[] {
  const folder = join(root, 'cache-mounts')
  return namesIn(folder).flatMap((home) =>
    namesIn(join(folder, home))
      .filter((name) => /^\d+$/.test(name))
      .map((name) => join(folder, home, name))
      .map((path) => ({
        path,
        home: `cache-mounts/${home}`,
        lastUsedMs: mtimeMs(`${path}.lock`) ?? mtimeMs(path) ?? 0,
      })),
  )
}

/** Moves the mount away and returns its new path, to be removed: no build keeps it, and thus none has the lock. */
export function moveCacheMount(root: string, { path }: StoredCacheMount): string {
  const target = join(root, 'tmp', temporaryName())
  renameSync(path, target)
  for (const mark of ['.lock', '.retired']) rmSync(`${path}${mark}`, { force: true })
  try {
    rmdirSync(join(path, '..'))
  } catch (error) {
    if (!hasCode(error, 'ENOTEMPTY')) throw error // others of the same mount stay
  }
  return target
}

function mtimeMs(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs
}
