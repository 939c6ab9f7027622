import type { HostHeaders } from '../settings/registry-settings.ts'
import type { Exchange } from './exchange.ts'
import type { Redactor } from './redact.ts'

/** Shorter values of other headers, such as `true` or the name of a team, are also words of messages. */
const LONG = 16

function mayBeSecret(name: string, value: string): boolean {
  return value.length >= LONG || /auth|cookie|credential|key|pass|secret|session|signature|token/.test(name)
}

/** Adds the headers configured for a host. */
export function addingHeaders(next: Exchange, configured: readonly HostHeaders[], redactor: Redactor): Exchange {
  for (const [name, value] of configured.flatMap(({ headers }) => Object.entries(headers))) {
    if (!mayBeSecret(name, value)) continue
    redactor.learn(value)
    redactor.learn(value.replace(/^\S+ /, '')) // a registry may repeat it without its scheme
  }
  return (request) => {
    const { url, registry } = request
    // SECURITY: they may be credentials, which no other host receives, and which are not for addresses that an image or
    // a Dockerfile names.
    const isOwn = url.origin === registry.origin && registry.isAnyServer !== true
    const own = isOwn ? configured.filter(({ host }) => host === registry.host) : []
    if (own.length === 0) return next(request)
    return next({ ...request, headers: Object.assign({}, ...own.map(({ headers }) => headers), request.headers) })
  }
}
