import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { CheckoutRefused, type GitRun, NEEDS_HISTORY, runGit } from './run-git.ts'
import { runGuardedGit } from './run-guarded-git.ts'

/** SECURITY: submodule URLs come from the repository and must not name directories of this machine. */
export async function fetchSubmodules(url: string, run: GitRun): Promise<void> {
  const guarded = { ...run, url, guardsSsh: true, env: { ...run.env, GIT_ALLOW_PROTOCOL: 'https:http:ssh' } }
  // The cache's configuration has the addresses of the commit that registered the submodules first.
  await runGuardedGit(['submodule', 'sync', '--quiet'], guarded)
  const update = ['submodule', 'update', '--init', '--recursive', '--progress']
  try {
    await runGuardedGit([...update, '--depth=1'], guarded)
  } catch (error) {
    if (!(error instanceof CheckoutRefused) || !NEEDS_HISTORY.test(error.message)) throw error
    await runGit(['submodule', 'deinit', '--quiet', '--force', '--all'], run)
    const gitDirectory = await runGit(['rev-parse', '--absolute-git-dir'], run)
    await rm(join(gitDirectory.trim(), 'modules'), { recursive: true, force: true, maxRetries: 3 })
    await runGuardedGit(update, guarded)
  }
}

export interface Submodule {
  readonly path: string
  readonly url: string
}

/** Those that have been fetched, at any depth. */
export async function listSubmodules(run: GitRun): Promise<readonly Submodule[]> {
  const command = 'printf "%s\\0%s\\0" "$displaypath" "$(git config remote.origin.url)"'
  const listed = await runGit(['submodule', '--quiet', 'foreach', '--recursive', command], run)
  const values = listed.split('\0').slice(0, -1)
  return values.flatMap((path, index) => (index % 2 === 0 ? [{ path, url: values[index + 1] ?? '' }] : []))
}
