import type { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'

export interface HttpRequest {
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
  readonly signal: AbortSignal
}

export interface HttpAnswer {
  readonly status: number
  readonly location: string | undefined
  readonly body: Readable
}

export interface HttpClient {
  /** Uses `proxy`, if any, for every address, including loopback. Follows no redirects. */
  send(url: URL, proxy: string | undefined, request: HttpRequest): Promise<HttpAnswer>
  close(): Promise<void>
}

/** Trusts the certificates that `env` specifies, as git does. */
export function createHttpClient(env: Readonly<Record<string, string | undefined>>): HttpClient {
  const bundle = env['GIT_SSL_CAINFO'] || env['SSL_CERT_FILE']
  const trusted = { env: { ...env, SSL_CERT_FILE: bundle }, certificateFolders: [] }
  const agents = new Map<string, Dispatcher>()
  const agentFor = async ({ protocol, host }: URL, proxy: string | undefined): Promise<Dispatcher> => {
    const key = `${protocol} ${proxy ?? ''}`
    const known = agents.get(key)
    if (known !== undefined) return known
    const [{ Agent, ProxyAgent }, { createTrust }] = await Promise.all([import('undici'), import('./trust.ts')])
    const tls = protocol === 'https:' ? { secureContext: createTrust(trusted).contextFor(host) } : {}
    const agent = proxy === undefined ? new Agent({ connect: tls }) : new ProxyAgent({ uri: proxy, requestTls: tls })
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
