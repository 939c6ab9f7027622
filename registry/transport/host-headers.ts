import type { HostHeaders } from '../settings/registry-settings.ts'
import type { Exchange } from './exchange.ts'
import type { Redactor } from './redact.ts'

/** Adds the headers configured for a host. */
export function addingHeaders(next: Exchange, configured: readonly HostHeaders[], redactor: Redactor): Exchange {
  for (const { headers } of configured) for (const value of Object.values(headers)) redactor.learn(value)
  return (request) => {
    const { url, registry } = request
    // SECURITY: they may be credentials, which no other host receives.
    const own = url.origin === registry.origin ? configured.filter(({ host }) => host === registry.host) : []
    if (own.length === 0) return next(request)
    return next({ ...request, headers: Object.assign({}, ...own.map(({ headers }) => headers), request.headers) })
  }
}
