import type { GitRun } from './run-git.ts'
import { runGuardedGit } from './run-guarded-git.ts'

/** SECURITY: submodule URLs come from the repository and must not name directories of this machine. */
export async function fetchSubmodules(url: string, run: GitRun): Promise<void> {
  const words = ['submodule', 'update', '--init', '--recursive', '--depth=1', '--progress']
  await runGuardedGit(words, { ...run, url, env: { ...run.env, GIT_ALLOW_PROTOCOL: 'https:http:ssh' } })
}
