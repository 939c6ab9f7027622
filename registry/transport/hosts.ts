import { isIP } from 'node:net'
import { parseReference } from '../../image-spec/index.ts'
import { RegistryError } from '../errors.ts'

/** Where the API of a reference's host answers. */
export function apiHost(host: string): string {
  return host === 'docker.io' ? 'registry-1.docker.io' : host
}

/** `localhost`, 127.0.0.0/8 and ::1, with or without a port. */
export function isLoopback(host: string): boolean {
  const name = hostNameOf(host)
  if (name === 'localhost' || name === '::1') return true
  return isIP(name) === 4 && name.startsWith('127.')
}

/** Hosts for which plain HTTP and unknown certificates are accepted. */
export function insecureTest(insecureHosts: readonly string[]): (host: string) => boolean {
  const listed = new Set(insecureHosts)
  return (host) => isLoopback(host) || listed.has(host) || listed.has(hostNameOf(host))
}

/** `[::1]:5000` → `::1`. */
export function hostNameOf(host: string): string {
  const bracketed = /^\[(.*)\]/.exec(host)?.[1]
  return bracketed ?? host.replace(/:\d+$/, '')
}

/**
 * A registry as people type it for `login`: `harbor.example.com`, `https://index.docker.io/v1/`.
 * Throws RegistryError REGISTRY_BAD_REFERENCE.
 */
export function parseHost(text: string): string {
  const bare = text.replace(/^https?:\/\//i, '').replace(/\/(?:v[12]\/?)?$/, '')
  try {
    if (bare === '' || bare.includes('/')) throw new RegistryError('REGISTRY_BAD_REFERENCE', 'not a host alone')
    if (bare === 'docker.io' || bare === 'index.docker.io' || bare === 'registry-1.docker.io') return 'docker.io'
    if (!/[.:]/.test(bare) && bare !== 'localhost') return parseReference(`${bare}:443/x`).host.replace(/:443$/, '')
    return parseReference(`${bare}/x`).host
  } catch (cause) {
    const shown = bare.replace(/^.*@/, '').slice(0, 300)
    const message = `Cannot use registry ${JSON.stringify(shown)}: not a host (host[:port], without a path)`
    throw new RegistryError('REGISTRY_BAD_REFERENCE', message, { cause })
  }
}
