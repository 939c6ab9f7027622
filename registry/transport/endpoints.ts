import { RegistryError } from '../errors.ts'
import type { Exchange, RegistryOrigin } from './exchange.ts'
import { apiHost } from './hosts.ts'

/** Finds the origin of a host's API, once a host. */
export type FindOrigin = (host: string, signal?: AbortSignal) => Promise<RegistryOrigin>

export interface HostTests {
  readonly isInsecure: (host: string) => boolean
  readonly isPlain: (host: string) => boolean
}

/**
 * https, without asking, for all but the hosts that may be insecure: those are tried by https first, then by plain
 * HTTP. The trial carries no credentials.
 */
export function originFinder(wire: Exchange, { isInsecure, isPlain }: HostTests): FindOrigin {
  const found = new Map<string, Promise<RegistryOrigin>>()
  return async (host, signal) => {
    const api = apiHost(host)
    if (isPlain(host)) return { host, origin: new URL(`http://${api}`).origin }
    if (!isInsecure(api)) return { host, origin: new URL(`https://${api}`).origin }
    const known = found.get(host) ?? probe(wire, host, api, signal)
    found.set(host, known)
    try {
      return await known
    } catch (failure) {
      found.delete(host)
      throw failure
    }
  }
}

async function probe(wire: Exchange, host: string, api: string, signal?: AbortSignal): Promise<RegistryOrigin> {
  const secure = { host, origin: new URL(`https://${api}`).origin }
  const plain = { host, origin: new URL(`http://${api}`).origin }
  if (await answers(wire, secure, signal)) return secure
  const response = await wire({ method: 'GET', url: new URL('/v2/', plain.origin), registry: plain, signal })
  await response.discard()
  return plain
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
