import { createSharedWork } from '../../layer-store/index.ts'
import { RegistryError } from '../errors.ts'
import type { Exchange, RegistryOrigin } from './exchange.ts'
import { apiHost, isLoopback } from './hosts.ts'

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
  if (isLocalPort(api) && (await speaksPlainHttp(wire, plain, signal))) return plain
  if (await answers(wire, secure, signal)) return secure
  const response = await wire({ method: 'GET', url: new URL('/v2/', plain.origin), registry: plain, signal })
  await response.discard()
  return plain
}

function isLocalPort(api: string): boolean {
  return isLoopback(api) && /:\d+$/.test(api)
}

/**
 * A server that expects TLS responds to plain HTTP with another status, if at all. SPEC: distribution-spec
 * spec.md#determining-support
 */
async function speaksPlainHttp(wire: Exchange, registry: RegistryOrigin, signal?: AbortSignal): Promise<boolean> {
  try {
    const response = await wire({ method: 'GET', url: new URL('/v2/', registry.origin), registry, signal })
    await response.discard()
    return response.status === 200 || response.status === 401
  } catch (failure) {
    if (failure instanceof RegistryError) return false
    throw failure
  }
}

async function answers(wire: Exchange, registry: RegistryOrigin, signal?: AbortSignal): Promise<boolean> {
  try {
    const response = await wire({ method: 'GET', url: new URL('/v2/', registry.origin), registry, signal })
    await response.discard()
    return true
  } catch (failure) {
    const isTls = failure instanceof RegistryError && failure.code === 'REGISTRY_BAD_CERTIFICATE'
    if (failure instanceof RegistryError && !isTls) return false
    throw failure
  }
}
