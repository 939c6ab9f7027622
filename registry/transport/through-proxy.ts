import type { Readable } from 'node:stream'
import type { ProxyAgent } from 'undici'

export interface ProxiedRequest {
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
  readonly signal: AbortSignal
}

export interface ProxiedAnswer {
  readonly status: number
  readonly location: string | undefined
  readonly body: Readable
}

export interface ProxyClient {
  /** Uses `proxy` for any address, including loopback. Follows no redirects. */
  send(url: URL, proxy: string, request: ProxiedRequest): Promise<ProxiedAnswer>
  close(): Promise<void>
}

/** Trusts the certificates that `env` specifies, as git does. */
export function createProxyClient(env: Readonly<Record<string, string | undefined>>): ProxyClient {
  const bundle = env['GIT_SSL_CAINFO'] || env['SSL_CERT_FILE']
  const trusted = { env: bundle === undefined ? env : { SSL_CERT_FILE: bundle }, certificateFolders: [] }
  const agents = new Map<string, ProxyAgent>()
  const agentFor = async ({ protocol, host }: URL, proxy: string): Promise<ProxyAgent> => {
    const key = `${protocol} ${proxy}`
    const known = agents.get(key)
    if (known !== undefined) return known
    const [{ ProxyAgent }, { createTrust }] = await Promise.all([import('undici'), import('./trust.ts')])
    const trust = createTrust(trusted)
    const requestTls = protocol === 'https:' ? { requestTls: { secureContext: trust.contextFor(host) } } : {}
    const agent = new ProxyAgent({ uri: proxy, ...requestTls })
    agents.set(key, agent)
    return agent
  }
  return {
    async send(url, proxy, { method, headers, body = null, signal }) {
      const agent = await agentFor(url, proxy)
      const path = url.pathname + url.search
      const answer = await agent.request({ origin: url.origin, path, method, headers, body, signal })
      const { location } = answer.headers
      return {
        status: answer.statusCode,
        location: typeof location === 'string' ? location : undefined,
        body: answer.body,
      }
    },
    close: async () => {
      for (const agent of agents.values()) await agent.destroy()
    },
  }
}
