import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { CheckoutRefused, type GitRun, runGit } from './run-git.ts'
import { runGuardedGit } from './run-guarded-git.ts'

const TIP = 'refs/tsbuild/tip'

interface RefOfRepository {
  readonly url: string
  readonly ref: string
  readonly cache: string
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal
}

/**
 * SECURITY: servers that store forks together with their origin also serve their commits under the origin's name.
 * Commits are compared in a separate repository: the cache is shallow, and contains what earlier builds of pull
 * requests fetched.
 */
export async function refuseForeignCommit(
  { url, ref, cache, env, signal }: RefOfRepository,
  commit: string,
): Promise<void> {
  const run: GitRun = { directory: join(cache, 'history.git'), env, signal }
  await mkdir(run.directory, { recursive: true, mode: 0o700 })
  const format = commit.length === 64 ? 'sha256' : 'sha1'
  await runGit(['init', '--quiet', '--bare', '--template=', `--object-format=${format}`, '.'], run)
  const guarded = { ...run, url }
  const tips = await runGuardedGit(['ls-remote', url, ref, `${ref}^{}`], guarded)
  if (tips.includes(`${commit}\t`)) return
  await runGuardedGit(['fetch', '--quiet', '--force', '--no-tags', '--filter=tree:0', url, `+${ref}:${TIP}`], guarded)
  const isPart = await runGit(['merge-base', '--is-ancestor', commit, TIP], run).then(
    () => true,
    () => false,
  )
  signal.throwIfAborted()
  if (isPart) return
  throw new CheckoutRefused('SERVER_CHECKOUT_FAILED', `Cannot check out commit "${commit}": not part of ${ref}`, {
    hint: 'Specify a branch or a tag that has the commit, or the ref of its pull request, which is built without secrets',
  })
}
