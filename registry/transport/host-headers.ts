import type { HostHeaders } from '../settings/registry-settings.ts'
import type { Exchange } from './exchange.ts'
import type { Redactor } from './redact.ts'

/** Adds the headers configured for a host. */
export function addingHeaders(next: Exchange, configured: readonly HostHeaders[], redactor: Redactor): Exchange {
  for (const value of configured.flatMap(({ headers }) => Object.values(headers))) {
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
