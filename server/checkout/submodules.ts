import { openGitProxy } from '../addresses/index.ts'
import { type GitRun, runGit } from './run-git.ts'

/**
 * SECURITY: a repository names its submodules. They must not be directories of this machine, nor services on it or the
 * metadata service, but for the repository's own server.
 */
export async function fetchSubmodules(url: string, run: GitRun): Promise<void> {
  const proxy = await openGitProxy(ownHosts(url))
  const ours = { http_proxy: proxy.url, https_proxy: proxy.url, HTTPS_PROXY: proxy.url, NO_PROXY: '', no_proxy: '' }
  // A proxy that the operator configured decides by itself which servers it reaches.
  const isProxied = run.env['https_proxy'] !== undefined || run.env['HTTPS_PROXY'] !== undefined
  const env = { ...run.env, ...(!isProxied && ours), GIT_ALLOW_PROTOCOL: 'https:http:ssh' }
  try {
    const words = ['submodule', 'update', '--init', '--recursive', '--depth=1', '--progress']
    await runGit(words, { ...run, env })
  } finally {
    proxy.close()
  }
}

function ownHosts(url: string): readonly string[] {
  return URL.canParse(url) ? [new URL(url).host] : []
}
