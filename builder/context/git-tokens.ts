import type { BuildRequest } from '../builder.ts'
import { isGitUrl } from '../graph/git-url.ts'

type Environment = Readonly<Record<string, string | undefined>>

const NAMES = ['GIT_AUTH_HEADER', 'GIT_AUTH_TOKEN']

/**
 * The environment in which a variable GIT_AUTH_TOKEN stands as GIT_AUTH_TOKEN.<host>, for each server that the command
 * line names. SECURITY: without a host it would go to whatever server a Dockerfile names.
 */
export function withGitTokens(env: Environment, { context, buildContexts = {} }: BuildRequest): Environment {
  const given = NAMES.filter((name) => env[name])
  if (given.length === 0) return env
  const urls = [...(context.kind === 'git' ? [context.url] : []), ...Object.values(buildContexts).filter(isGitUrl)]
  const hosts = urls.filter((url) => URL.canParse(url)).map((url) => new URL(url).host)
  const tokens = hosts.flatMap((host) => given.map((name) => [`${name}.${host}`, env[name]] as const))
  return { ...Object.fromEntries(tokens), ...env }
}
