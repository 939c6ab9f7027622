import { readdir, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { gitVariables } from '../../builder/index.ts'
import { runGit } from './run-git.ts'

const DAY_MS = 86_400_000

/** Each fetch adds a pack. Only the objects of the last build are kept: caches of builds need no old commits. */
const SETTINGS = ['gc.auto=500', 'gc.autoPackLimit=10', 'gc.autoDetach=false', 'gc.pruneExpire=now', 'pack.threads=1']

/**
 * Removes what no build uses: objects of former commits, what killed processes left, and files in Git LFS after
 * `keepDays` (0: never). Not during a checkout of the same repository.
 */
export async function pruneCache(cache: string, keepDays: number, signal: AbortSignal): Promise<void> {
  // Without GIT_DIR, git would look for a repository in the directories above a damaged one.
  const settings = { GIT_DIR: cache, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', LC_ALL: 'C' }
  const env = { ...gitVariables(process.env), ...settings }
  const git = (...words: string[]): Promise<string> => runGit(words, { directory: cache, env, signal })
  const lfs = join(cache, 'lfs', 'objects')
  await removeFiles(join(cache, 'objects', 'pack'), ({ name }) => name.startsWith('tmp_'))
  await removeFiles(lfs, ({ name }) => name.endsWith('.partial'))
  await git('worktree', 'prune')
  await git(...SETTINGS.flatMap((setting) => ['-c', setting]), 'gc', '--auto', '--quiet')
  if (keepDays > 0) await removeFiles(lfs, ({ ageMs }) => ageMs > keepDays * DAY_MS)
}

interface Found {
  readonly name: string
  readonly ageMs: number
}

async function removeFiles(directory: string, isUnused: (found: Found) => boolean): Promise<void> {
  const names = await readdir(directory, { recursive: true }).catch(() => []) // created when needed
  for (const name of names) {
    const path = join(directory, name)
    const found = await stat(path)
    if (found.isFile() && isUnused({ name: basename(name), ageMs: Date.now() - found.mtimeMs })) await rm(path)
  }
}
