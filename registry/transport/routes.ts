import { buildConnector, type Dispatcher } from 'undici'
import { createAgent } from './create-agent.ts'
import type { RegistryOrigin } from './exchange.ts'
import { loopbackFirst } from './loopback-first.ts'
import { findProxy, proxyVariable } from './proxy.ts'
import type { Timeouts } from './response-timeout.ts'
import { isSocks, type ThroughProxy, throughProxy, toProxy } from './through-proxy.ts'
import { createTrust, type TrustSettings } from './trust.ts'

export interface RouteSettings extends TrustSettings {
  readonly isInsecure: (host: string) => boolean
}

/** How the requests to an origin are sent. */
export interface Route {
  readonly dispatcher: Dispatcher
  /** Plain HTTP passes a proxy without a tunnel: requests name the target and contain the login for the proxy. */
  readonly relay?: ThroughProxy
}

export interface Routes {
  find(url: URL, registry: RegistryOrigin): Route
  close(): Promise<void>
}

export const CONNECT_TIMEOUT_MS = 10_000

export function createRoutes(settings: RouteSettings, timeouts: Timeouts): Routes {
  const routes = new Map<string, Route>()
  const trust = createTrust(settings)
  const agent = (connect: buildConnector.connector) =>
    createAgent(connect, { headersTimeout: timeouts.uploadMs, bodyTimeout: timeouts.idleMs })
  const tlsOptions = (host: string, registryHost: string): object => {
    if (!settings.isInsecure(host)) return { secureContext: trust.contextFor(host, registryHost) }
    const secureContext = trust.clientContextFor(host)
    return { rejectUnauthorized: false, ...(secureContext && { secureContext }) }
  }
  const create = (url: URL, registryHost: string): Route => {
    const isTls = url.protocol === 'https:'
    const connect = buildConnector({ timeout: CONNECT_TIMEOUT_MS, ...(isTls && tlsOptions(url.host, registryHost)) })
    const proxy = findProxy(url, settings.env)
    if (proxy === undefined) return { dispatcher: agent(loopbackFirst(connect)) }
    const through: ThroughProxy = {
      proxy,
      variable: proxyVariable(url),
      contextFor: trust.contextFor,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      answerTimeoutMs: timeouts.responseMs / 2, // earlier than the request's own timeout, which would blame the target
    }
    if (isTls || isSocks(proxy)) return { dispatcher: agent(throughProxy(through, connect)) }
    return { dispatcher: agent(toProxy(through)), relay: through }
  }
  return {
    find: (url, registry) => {
      const registryHost = new URL(registry.origin).host
      const key = url.host === registryHost ? url.origin : `${url.origin} ${registryHost}`
      const route = routes.get(key) ?? create(url, registryHost)
      routes.set(key, route)
      return route
    },
    close: async () => {
      await Promise.all([...routes.values()].map(({ dispatcher }) => dispatcher.destroy()))
      routes.clear()
    },
  }
}
