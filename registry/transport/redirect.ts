import { RegistryError } from '../errors.ts'
import type { Exchange, ExchangeRequest, ExchangeResponse } from './exchange.ts'
import { named, type Peer, wasNeverThere } from './network-failure.ts'

const MAX_HOPS = 5
const REDIRECTS = new Set([301, 302, 303, 307, 308])
const CREDENTIALS = new Set(['authorization', 'cookie', 'x-amz-security-token'])

/** Follows redirects, since blobs may be stored on other hosts. */
export function followRedirects(next: Exchange): Exchange {
  const reached = new Set<string>()
  return async (request) => {
    let current = request
    for (let hop = 0; hop <= MAX_HOPS; hop++) {
      const response = await next(current).catch((failure) => {
        throw hop > 0 && !reached.has(current.url.host) ? firstContact(failure) : failure
      })
      reached.add(current.url.host)
      const location = response.header('location')
      if (location === undefined || !isRedirect(current, response)) return response
      await response.discard()
      current = redirected(current, location)
    }
    const found = `more than ${MAX_HOPS} redirects`
    throw new RegistryError('REGISTRY_BAD_RESPONSE', `Cannot follow ${named(request.registry)}: ${found}`)
  }
}

/** A target that was never there would be requested again and again, since the registry itself responds. */
function firstContact(failure: unknown): unknown {
  if (!(failure instanceof RegistryError) || !wasNeverThere(failure)) return failure
  const { code, message, hint, cause } = failure
  return new RegistryError(code, message, { hint, cause, isFinal: true })
}

/** Only 307 and 308 preserve method and body; the others are followed only for reads. */
function isRedirect(request: ExchangeRequest, response: ExchangeResponse): boolean {
  if (!REDIRECTS.has(response.status)) return false
  return request.method === 'GET' || request.method === 'HEAD' || response.status >= 307
}

function redirected(request: ExchangeRequest, location: string): ExchangeRequest {
  const url = resolveUrl(location, request.url, request.registry)
  if (request.url.protocol === 'https:' && url.protocol === 'http:') {
    const message = `Cannot follow ${named(request.registry)}: it redirects from https to http://${url.host}`
    throw new RegistryError('REGISTRY_BAD_RESPONSE', message, {
      hint: 'If the registry is behind a proxy, let the proxy forward X-Forwarded-Proto',
    })
  }
  // SECURITY: credentials are sent only to the origin they are meant for
  // (test/attack/registries/credentials-elsewhere.test.ts).
  if (url.origin === request.url.origin) return { ...request, url }
  if (request.hasSecretBody === true) {
    const message = `Cannot log in to "${request.registry.host}": its token server redirects the credentials to ${url.host}`
    throw new RegistryError('REGISTRY_BAD_RESPONSE', message)
  }
  return { ...request, url, redirectedBy: request.url.host, headers: withoutCredentials(request) }
}

function withoutCredentials(request: ExchangeRequest): Readonly<Record<string, string>> {
  const headers = Object.entries(request.headers ?? {})
  return Object.fromEntries(headers.filter(([name]) => !CREDENTIALS.has(name)))
}

/** A URL from a peer, absolute or relative: http or https, without user and password. */
export function resolveUrl(text: string, base: URL, peer: Peer): URL {
  const url = URL.canParse(text, base.href) ? new URL(text, base) : undefined
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    const message = `Cannot follow ${named(peer)}: it names an address that is not a URL (expected http or https)`
    throw new RegistryError('REGISTRY_BAD_RESPONSE', message)
  }
  url.username = ''
  url.password = ''
  url.hash = ''
  return url
}
