import type { BuildRequest } from '../builder.ts'
import { namedGitUrls } from './git-tokens.ts'

/** How git may log in by ssh. */
export interface SshAccess {
  /** Servers that the command line names: with all that the caller has, agent, keys and configuration. */
  readonly callerHosts: readonly string[]
  /** Of the agent that `--ssh default` lends: the only one for servers that a Dockerfile names. */
  readonly agentSocket?: string
}

export function sshAccess(request: BuildRequest): SshAccess {
  const { default: agentSocket } = request.ssh ?? {}
  return { callerHosts: namedGitUrls(request).flatMap(hostOf), ...(agentSocket !== undefined && { agentSocket }) }
}

/**
 * For git's environment. SECURITY: a Dockerfile must not log in to a server of its choice as the caller; docker wants
 * `--ssh` for it, too.
 */
export function sshEnvironment(
  url: string,
  access: SshAccess,
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const agent = (socket: string | undefined) => (socket === undefined ? {} : { SSH_AUTH_SOCK: socket })
  if (hostOf(url).some((host) => access.callerHosts.includes(host))) return agent(env['SSH_AUTH_SOCK'])
  return { GIT_SSH_COMMAND: 'ssh -F none -o IdentityFile=none -o BatchMode=yes', ...agent(access.agentSocket) }
}

/** `ssh://user@host:port/path` or `user@host:path`. */
function hostOf(url: string): readonly string[] {
  if (URL.canParse(url)) return [new URL(url).hostname]
  return /^[^@/]+@([^:/]+):/.exec(url)?.slice(1) ?? []
}
