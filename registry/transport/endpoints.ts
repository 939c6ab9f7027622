import { createSharedWork } from '../../layer-store/index.ts'
import { RegistryError } from '../errors.ts'
import type { Exchange, RegistryOrigin } from './exchange.ts'
import { apiHost, isLoopback } from './hosts.ts'
import { hasTimedOut } from './network-failure.ts'

/** Finds the origin of a host's API, once per host. */
export type FindOrigin = (host: string, signal?: AbortSignal) => Promise<RegistryOrigin>

export interface HostTests {
  readonly isInsecure: (host: string) => boolean
  readonly isPlain: (host: string) => boolean
}

/**
 * https without a trial, except for hosts that may be insecure: those are tried with https first, then plain HTTP; for
 * loopback ports in reverse order, since a TLS handshake costs more than a response there. The trial sends no
 * credentials.
 */
export function originFinder(wire: Exchange, { isInsecure, isPlain }: HostTests): FindOrigin {
  const found = new Map<string, RegistryOrigin>()
  const probes = createSharedWork<RegistryOrigin>()
  return async (host, signal) => {
    const api = apiHost(host)
    if (isPlain(host)) return { host, origin: new URL(`http://${api}`).origin }
    if (!isInsecure(api)) return { host, origin: new URL(`https://${api}`).origin }
    const known = found.get(host) ?? (await probes.run(host, (stop) => probe(wire, host, stop), signal))
    found.set(host, known)
    return known
  }
}

async function probe(wire: Exchange, host: string, signal?: AbortSignal): Promise<RegistryOrigin> {
  const api = apiHost(host)
  const secure = { host, origin: new URL(`https://${api}`).origin }
  const plain = { host, origin: new URL(`http://${api}`).origin }
  const local = isLocalPort(api) ? await ask(wire, plain, signal) : undefined
  // A server that expects TLS responds to plain HTTP with another status, if at all.
  if (local === 200 || local === 401) return plain
  const withTls = await ask(wire, secure, signal)
  if (!(withTls instanceof RegistryError)) return secure
  if (withTls.code === 'REGISTRY_BAD_CERTIFICATE') throw withTls
  const isSilent = local instanceof RegistryError && hasTimedOut(local)
  const last = isSilent ? local : await ask(wire, plain, signal)
  if (last instanceof RegistryError) throw last
  return plain
}

function isLocalPort(api: string): boolean {
  return isLoopback(api) && /:\d+$/.test(api)
}

/** SPEC: docker allows 15 s for a ping; a request for content may take longer, as a proxy fetches it first. */
const PROBE_MS = 15_000

/** The status. SPEC: distribution-spec spec.md#determining-support */
async function ask(
  wire: Exchange,
  registry: RegistryOrigin,
  signal: AbortSignal | undefined,
): Promise<number | RegistryError> {
  try {
    const url = new URL('/v2/', registry.origin)
    const response = await wire({ method: 'GET', url, registry, maxResponseMs: PROBE_MS, signal })
    await response.discard()
    return response.status
  } catch (failure) {
    if (failure instanceof RegistryError) return failure
    throw failure
  }
}
