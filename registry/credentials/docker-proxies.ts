import { isRecord } from '../transport/answer-failure.ts'
import { readAuthFile } from './auth-file.ts'
import type { Env } from './credential-helper.ts'
import { configPath } from './docker-credentials.ts'

/** SPEC: docker/cli cli/config/configfile: keys of `proxies`, and the variables that they set. */
const VARIABLES = {
  httpProxy: 'HTTP_PROXY',
  httpsProxy: 'HTTPS_PROXY',
  ftpProxy: 'FTP_PROXY',
  noProxy: 'NO_PROXY',
  allProxy: 'ALL_PROXY',
}

/**
 * What Docker's configuration file gives to steps and containers, in both spellings; without the names in `given`. A
 * file that cannot be read gives nothing: who needs a login from it reports it.
 */
export async function dockerProxies(env: Env, given: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const file = await readAuthFile(configPath(env)).catch(() => undefined)
  const { proxies } = file?.document ?? {}
  const defaults = isRecord(proxies) ? proxies['default'] : undefined
  if (!isRecord(defaults)) return {}
  const taken = new Set(given.map((name) => name.toUpperCase()))
  const pairs = Object.entries(VARIABLES).flatMap(([key, name]) => {
    const value = defaults[key]
    if (typeof value !== 'string' || value === '' || taken.has(name)) return []
    return [[name, value] as const, [name.toLowerCase(), value] as const]
  })
  return Object.fromEntries(pairs)
}
