import { isGitUrl } from '../../notation/index.ts'
import type { BuildRequest } from '../request/builder.ts'

type Environment = Readonly<Record<string, string | undefined>>

const NAMES = ['GIT_AUTH_HEADER', 'GIT_AUTH_TOKEN']

/**
 * Renames GIT_AUTH_TOKEN to GIT_AUTH_TOKEN.<host> for each server named on the command line. SECURITY: without a host,
 * the token would be sent to any server that a Dockerfile names.
 */
export function withGitTokens(env: Environment, request: BuildRequest): Environment {
  const names = NAMES.filter((name) => env[name])
  if (names.length === 0) return env
  const hosts = namedGitUrls(request).flatMap((url) => (URL.canParse(url) ? [new URL(url).host] : []))
  const tokens = hosts.flatMap((host) => names.map((name) => [`${name}.${host}`, env[name]] as const))
  return { ...Object.fromEntries(tokens), ...env }
}

/** Repositories named on the command line. */
export function namedGitUrls({ context, buildContexts = {} }: BuildRequest): readonly string[] {
  return [...(context.kind === 'git' ? [context.url] : []), ...Object.values(buildContexts).filter(isGitUrl)]
}
