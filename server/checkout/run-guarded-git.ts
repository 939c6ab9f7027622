import { findProxy } from '../../registry/index.ts'
import { openGitProxy } from '../addresses/index.ts'
import { ServerError } from '../errors.ts'
import { sshThrough } from './guarded-ssh.ts'
import { ownAddresses } from './own-addresses.ts'
import { type GitRun, runGit } from './run-git.ts'

interface GuardedGitRun extends GitRun {
  /** The repository's own URL: its server may be this machine. */
  readonly url: string
  /** For hosts that the repository chooses; ssh follows no redirects. */
  readonly guardsSsh?: boolean
}

/**
 * SECURITY: a repository chooses the servers of its submodules, and its server may redirect. None of them must be a
 * service of this machine or the metadata service, whatever name leads there.
 */
export function runGuardedGit(words: readonly string[], run: GuardedGitRun): Promise<string> {
  return throughGuard(run, (guarded) => runGit(words, guarded))
}

export async function throughGuard<T>(
  { url, guardsSsh = false, ...run }: GuardedGitRun,
  work: (run: GitRun) => Promise<T>,
): Promise<T> {
  const own = URL.canParse(url) ? new URL(url) : undefined
  const isDirect = own !== undefined && /^https?:$/.test(own.protocol) && findProxy(own, run.env) === undefined
  const guard = await openGitProxy(ownAddresses(url))
  const settings = {
    'remote.origin.url': url, // the base of relative addresses; the checkout has no remote
    ...(isDirect && { [`http.${own.origin}/.proxy`]: guard.url }),
  }
  const ssh = guardsSsh ? sshThrough(guard.url, run.env) : {}
  const env = { ...run.env, ...proxies(run.env, guard.url), ...ssh, ...configuration(settings) }
  try {
    return await work({ ...run, env })
  } catch (error) {
    throw withReason(error, guard.failure())
  } finally {
    guard.close()
  }
}

/** Git reports the status of the guard, which looks like one of the repository's server. */
function withReason(error: unknown, reason: string | undefined): unknown {
  const status =
    /The requested URL returned error: 502|CONNECT tunnel failed, response 502|(Received )?HTTP code 502 from proxy( after CONNECT)?/
  if (reason === undefined || !(error instanceof ServerError) || !status.test(error.message)) return error
  const { code, message, hint } = error
  return new ServerError(code, message.replace(status, reason), { ...(hint !== undefined && { hint }) })
}

/**
 * A proxy configured by the operator decides itself which servers it reaches; all other traffic passes through the
 * guard.
 */
function proxies(env: NodeJS.ProcessEnv, guard: string): NodeJS.ProcessEnv {
  const https = env['https_proxy'] || env['HTTPS_PROXY'] || guard
  return { http_proxy: env['http_proxy'] || guard, https_proxy: https, HTTPS_PROXY: https, NO_PROXY: '', no_proxy: '' }
}

/** SPEC: git-config, GIT_CONFIG_COUNT. */
function configuration(settings: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const entries = Object.entries(settings)
  return Object.fromEntries([
    ['GIT_CONFIG_COUNT', String(entries.length)],
    ...entries.flatMap(([name, value], index) => [
      [`GIT_CONFIG_KEY_${index}`, name],
      [`GIT_CONFIG_VALUE_${index}`, value],
    ]),
  ])
}
