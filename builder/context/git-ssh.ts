import { writeFile } from 'node:fs/promises'
import type { BuildRequest } from '../request/builder.ts'
import { namedGitUrls } from './git-tokens.ts'

/** SECURITY: git's transports read ~/.netrc, which would log in as the caller wherever a Dockerfile points. */
export const NO_HOME = '/dev/null'

/** How git authenticates over ssh. */
export interface SshAccess {
  /** Servers named on the command line: the caller's agent, keys and configuration are used. */
  readonly callerHosts: readonly string[]
  /** Socket of the agent from `--ssh default`, the only one used for servers that a Dockerfile names. */
  readonly agentSocket?: string
  /** All servers are reached through this proxy, which excludes ssh. */
  readonly proxy?: string
}

export function sshAccess(request: BuildRequest): SshAccess {
  const { default: agentSocket } = request.ssh ?? {}
  return {
    callerHosts: namedGitUrls(request).flatMap(hostOf),
    ...(agentSocket !== undefined && { agentSocket }),
    ...(request.gitProxy !== undefined && { proxy: request.gitProxy }),
  }
}

/** Variables for git's environment; apply them last. */
export function proxyEnvironment({ proxy }: SshAccess): Readonly<Record<string, string>> {
  if (proxy === undefined) return {}
  return { http_proxy: proxy, https_proxy: proxy, HTTPS_PROXY: proxy, NO_PROXY: '', no_proxy: '' }
}

/**
 * Variables for git's environment. SECURITY: a Dockerfile must not log in to a server of its choice as the caller;
 * docker requires `--ssh` for it, too.
 */
export function sshEnvironment(
  url: string,
  access: SshAccess,
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const agent = (socket: string | undefined) => ({ ...(socket !== undefined && { SSH_AUTH_SOCK: socket }) })
  const home = /^https?:/.test(url) || !env['HOME'] ? {} : { HOME: env['HOME'] }
  if (isCallers(url, access)) return { ...agent(env['SSH_AUTH_SOCK']), ...home }
  return { GIT_SSH_COMMAND: 'ssh -F none -o IdentityFile=none -o BatchMode=yes', ...agent(access.agentSocket) }
}

/**
 * Variables that differ for submodules, whose servers the repository names: the caller's keys are only for servers on
 * the command line. Writes ssh's configuration to `path`.
 */
export async function submoduleSshEnvironment(
  url: string,
  access: SshAccess,
  path: string,
): Promise<Readonly<Record<string, string>>> {
  if (!isCallers(url, access)) return {}
  const hosts = access.callerHosts
    .map((host) => host.replace(/^\[(.*)\]$/, '$1'))
    .filter((host) => /^[\w.:-]+$/.test(host))
  const own = hosts.length === 0 ? '' : `Host ${hosts.join(' ')}\nInclude ~/.ssh/config\nInclude /etc/ssh/ssh_config\n`
  const agent = access.agentSocket === undefined ? 'none' : `"${access.agentSocket}"`
  const others = `Host ${['*', ...hosts.map((host) => `!${host}`)].join(' ')}\nIdentityFile none\nIdentityAgent ${agent}\n`
  await writeFile(path, `${own}${others}BatchMode yes\n`)
  return { GIT_SSH_COMMAND: `ssh -F '${path.replaceAll("'", `'\\''`)}'`, HOME: NO_HOME }
}

function isCallers(url: string, { callerHosts }: SshAccess): boolean {
  return hostOf(url).some((host) => callerHosts.includes(host))
}

/** `ssh://user@host:port/path` or `user@host:path`. */
function hostOf(url: string): readonly string[] {
  if (URL.canParse(url)) return [new URL(url).hostname]
  return /^[^@/]+@([^:/]+):/.exec(url)?.slice(1) ?? []
}
