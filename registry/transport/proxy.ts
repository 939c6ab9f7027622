import { isIP } from 'node:net'
import { RegistryError } from '../errors.ts'
import { hostNameOf, isInRange, isLoopback } from './hosts.ts'

/**
 * The proxy for a URL from HTTP_PROXY, HTTPS_PROXY and NO_PROXY (upper or lower case), interpreted as Go programs do;
 * loopback never uses one.
 */
export function findProxy(url: URL, env: Readonly<Record<string, string | undefined>>): URL | undefined {
  if (isLoopback(url.host)) return undefined
  const proxy = url.protocol === 'https:' ? of(env, 'https_proxy') : of(env, 'http_proxy')
  if (proxy === undefined) return undefined
  const exceptions = (of(env, 'no_proxy') ?? '').split(',').map((entry) => entry.trim().toLowerCase())
  if (exceptions.some((entry) => entry !== '' && isExcepted(url, entry))) return undefined
  const address = /^[a-z0-9]+:\/\//i.test(proxy) ? proxy : `http://${proxy}`
  if (URL.canParse(address) && /^(?:https?|socks5?):/i.test(address)) return new URL(address)
  // SECURITY: the proxy's URL may contain a password, so it is not shown.
  const variable = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY'
  throw new RegistryError(
    'REGISTRY_UNAVAILABLE',
    `Cannot use the proxy in ${variable}: not an address (expected http://host:port)`,
  )
}

function of(env: Readonly<Record<string, string | undefined>>, name: string): string | undefined {
  return env[name] || env[name.toUpperCase()] || undefined
}

/**
 * An entry is `*`, an address, a range (10.0.0.0/8), a domain (including subdomains) or `.domain`, optionally
 * restricted to a port.
 */
function isExcepted(url: URL, entry: string): boolean {
  if (entry === '*') return true
  const host = hostNameOf(url.hostname)
  if (entry.includes('/')) return isInRange(host, entry)
  const port = /:(\d+)$/.exec(isIP(entry) === 6 ? '' : entry)?.[1]
  if (port !== undefined && port !== (url.port || (url.protocol === 'https:' ? '443' : '80'))) return false
  const name = isIP(entry) === 6 ? entry : hostNameOf(entry).replace(/^\*\./, '.')
  return name.startsWith('.') ? host.endsWith(name) : host === name || host.endsWith(`.${name}`)
}
