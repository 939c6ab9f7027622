import { messageOf } from '../../errors/index.ts'
import { isRecord } from '../transport/response-error.ts'
import { badFile, readAuthFile } from './auth-file.ts'
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
 * What Docker's configuration file gives to steps and containers, in both spellings; without the names in `given`. SPEC:
 * with a file that cannot be read, docker warns and continues.
 */
export async function dockerProxies(
  env: Env,
  given: readonly string[],
  warn: (message: string) => void,
): Promise<Readonly<Record<string, string>>> {
  const path = configPath(env)
  const proxies = await defaultProxies(path).catch((error) => {
    warn(`No proxies are set: ${messageOf(error)}`)
    return undefined
  })
  const taken = new Set(given.map((name) => name.toUpperCase()))
  const pairs = Object.entries(VARIABLES).flatMap(([key, name]) => {
    const value = proxies?.[key]
    if (typeof value !== 'string' || value === '' || taken.has(name)) return []
    return [[name, value] as const, [name.toLowerCase(), value] as const]
  })
  return Object.fromEntries(pairs)
}

async function defaultProxies(path: string): Promise<Readonly<Record<string, unknown>>> {
  const { proxies } = (await readAuthFile(path))?.document ?? {}
  const defaults = (isRecord(proxies) ? proxies['default'] : proxies) ?? {}
  if (isRecord(defaults) && Object.values(defaults).every((value) => typeof value === 'string')) return defaults
  throw badFile(
    path,
    `the "proxies" are not in docker's format (expected {"default": {"httpProxy": "http://host:port"}})`,
  )
}
