import { BlockList, isIP } from 'node:net'
import { parseReference } from '../../image-spec/index.ts'
import { RegistryError } from '../errors.ts'
import type { CredentialScope } from '../registry-client.ts'

/** Host of the API for a reference's host. */
export function apiHost(host: string): string {
  return host === 'docker.io' ? 'registry-1.docker.io' : host
}

/** `localhost`, 127.0.0.0/8 and ::1, with or without a port. */
export function isLoopback(host: string): boolean {
  const name = hostNameOf(host)
  return name === 'localhost' || isInRange(name, '127.0.0.0/8') || isInRange(name, '::1/128')
}

/** Hosts for which plain HTTP and unknown certificates are accepted. */
export function insecureTest(configured: readonly string[]): (host: string) => boolean {
  const insecureHosts = configured.map((entry) => entry.toLowerCase())
  const listed = new Set(insecureHosts)
  const ranges = insecureHosts.filter((entry) => entry.includes('/'))
  const domains = insecureHosts.filter((entry) => entry.startsWith('*.')).map((entry) => entry.slice(1))
  return (host) => {
    const name = hostNameOf(host)
    if (isLoopback(host) || hostSpellings(host.toLowerCase()).some((one) => listed.has(one)) || listed.has(name))
      return true
    return ranges.some((range) => isInRange(name, range)) || domains.some((domain) => name.endsWith(domain))
  }
}

/** URLs omit the port of https; references and directories may have it. */
export function hostSpellings(host: string): readonly string[] {
  return /:\d+$/.test(host) ? [host] : [host, `${host}:443`]
}

/** `10.1.2.3` in `10.0.0.0/8`. */
export function isInRange(host: string, range: string): boolean {
  const [address = '', bits = ''] = range.split('/')
  const family = isIP(address)
  const prefix = Number(bits)
  if (family === 0 || isIP(host) !== family || !Number.isInteger(prefix) || prefix > (family === 4 ? 32 : 128)) {
    return false
  }
  const list = new BlockList()
  list.addSubnet(address, prefix, family === 4 ? 'ipv4' : 'ipv6')
  return list.check(host, family === 4 ? 'ipv4' : 'ipv6')
}

/** `[::1]:5000` → `::1`, `Registry.lab:5000` → `registry.lab`. */
export function hostNameOf(host: string): string {
  const bracketed = /^\[(.*)\]/.exec(host)?.[1]
  return (bracketed ?? host.replace(/:\d+$/, '')).toLowerCase()
}

/**
 * Parses a registry as users type it for `login`: `harbor.example.com`, `https://index.docker.io/v1/`, or a repository or
 * namespace there. SPEC: docker ignores the path of a URL; in podman, a path without a scheme is a namespace.
 * Throws RegistryError REGISTRY_BAD_REFERENCE.
 */
export function parseLoginServer(text: string): CredentialScope {
  const name = text.replace(/\/(?:v[12]\/?)?$/, '')
  const slash = /^https?:\/\//i.test(name) ? -1 : name.indexOf('/')
  if (slash < 0) return { host: parseHost(name) }
  const host = parseHost(name.slice(0, slash))
  const named = parseReference(`${host}/${name.slice(slash + 1)}`)
  if ((named.tag ?? named.digest) === undefined) return { host, repository: name.slice(slash + 1) }
  const message = `Cannot use registry "${name}": it has a tag or a digest (expected host[:port][/namespace])`
  throw new RegistryError('REGISTRY_BAD_REFERENCE', message)
}

function parseHost(text: string): string {
  const bare = text.replace(/^https?:\/\//i, '').replace(/\/.*$/s, '')
  try {
    if (bare === '') throw new RegistryError('REGISTRY_BAD_REFERENCE', 'no host')
    if (bare === 'docker.io' || bare === 'index.docker.io' || bare === 'registry-1.docker.io') return 'docker.io'
    if (!/[.:]/.test(bare) && bare !== 'localhost') return parseReference(`${bare}:443/x`).host.replace(/:443$/, '')
    return parseReference(`${bare}/x`).host
  } catch (cause) {
    const shown = bare.replace(/^.*@/, '').slice(0, 300)
    const message = `Cannot use registry ${JSON.stringify(shown)}: not a host (expected host[:port])`
    throw new RegistryError('REGISTRY_BAD_REFERENCE', message, { cause })
  }
}
