import type { GitRun } from './run-git.ts'
import { runGuardedGit } from './run-guarded-git.ts'

/** SECURITY: submodule URLs come from the repository and must not name directories of this machine. */
export async function fetchSubmodules(url: string, run: GitRun): Promise<void> {
  const guarded = { ...run, url, env: { ...run.env, GIT_ALLOW_PROTOCOL: 'https:http:ssh' } }
  // The cache's configuration has the addresses of the commit that registered the submodules first.
  await runGuardedGit(['submodule', 'sync', '--quiet'], guarded)
  await runGuardedGit(['submodule', 'update', '--init', '--recursive', '--depth=1', '--progress'], guarded)
}
