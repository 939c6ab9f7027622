import { isIP } from 'node:net'
import { RegistryError } from '../errors.ts'
import { hostNameOf, isInRange, isLoopback } from './hosts.ts'

type Env = Readonly<Record<string, string | undefined>>

/**
 * The proxy for a URL from HTTP_PROXY, HTTPS_PROXY and NO_PROXY (upper or lower case), interpreted as Go programs do;
 * loopback never uses one. SPEC: golang.org/x/net/http/httpproxy
 */
export function findProxy(url: URL, env: Env): URL | undefined {
  if (isLoopback(url.host)) return undefined
  const proxy = of(env, proxyVariable(url))
  if (proxy === undefined) return undefined
  const exceptions = (of(env, 'NO_PROXY') ?? '').split(',').map((entry) => entry.trim().toLowerCase())
  if (exceptions.some((entry) => entry !== '' && isExcepted(url, entry))) return undefined
  const address = /^[a-z0-9]+:\/\//i.test(proxy) ? proxy : `http://${proxy}`
  if (URL.canParse(address) && /^(?:https?|socks5h?):/i.test(address)) return new URL(address)
  // SECURITY: the proxy's URL may contain a password, so it is not shown.
  const message = `Cannot use the proxy in ${proxyVariable(url)}: not an address`
  throw new RegistryError('REGISTRY_BAD_CONFIG', message, {
    hint: 'Write it as http://host:port, https://host:port or socks5://host:port',
  })
}

export function proxyVariable(url: URL): string {
  return url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY'
}

function of(env: Env, name: string): string | undefined {
  return env[name] || env[name.toLowerCase()] || undefined
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
  if (isIP(host) !== 0) return isInRange(host, `${name}/${isIP(name) === 6 ? 128 : 32}`)
  return name.startsWith('.') ? host.endsWith(name) : host === name || host.endsWith(`.${name}`)
}
