import type { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import { findProxy } from './proxy.ts'

export interface HttpRequest {
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
  readonly signal: AbortSignal
}

export interface HttpResponse {
  readonly status: number
  readonly location: string | undefined
  readonly body: Readable
}

export interface HttpClient {
  /** Uses `proxy`, if any, for every address, including loopback. Follows no redirects. */
  send(url: URL, proxy: string | undefined, request: HttpRequest): Promise<HttpResponse>
  close(): Promise<void>
}

const CONNECT_TIMEOUT_MS = 10_000
/** A proxy looks the target up and connects to it first. */
const PROXY_ANSWER_TIMEOUT_MS = 30_000

type Env = Readonly<Record<string, string | undefined>>

async function openAgent({ protocol, host }: URL, proxy: string | undefined, env: Env): Promise<Dispatcher> {
  const [{ buildConnector }, { createAgent }, { createTrust }, { throughProxy }] = await Promise.all([
    import('undici'),
    import('./create-agent.ts'),
    import('./trust.ts'),
    import('./through-proxy.ts'),
  ])
  const { contextFor } = createTrust({ env, certificateFolders: [] })
  const isTls = protocol === 'https:'
  const connect = buildConnector({ timeout: CONNECT_TIMEOUT_MS, ...(isTls && { secureContext: contextFor(host) }) })
  if (proxy === undefined) return createAgent(connect)
  const through = {
    proxy: new URL(proxy),
    variable: isTls ? 'HTTPS_PROXY' : 'HTTP_PROXY',
    contextFor,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    answerTimeoutMs: PROXY_ANSWER_TIMEOUT_MS,
  }
  return createAgent(throughProxy(through, connect))
}

/** fetch() for one server, through the proxy and with the certificate authorities that `env` specifies. */
export async function openFetch(server: URL, env: Env): Promise<Fetch> {
  const agent = await openAgent(server, findProxy(server, env)?.href, env)
  return async ({ origin, pathname, search }, { method, headers, body = null, signal }) => {
    const request = { origin, path: pathname + search, method, headers, body }
    const answer = await agent.request({ ...request, ...(signal && { signal }) })
    const { statusCode: status } = answer
    return { ok: status >= 200 && status < 300, status, body: answer.body, text: () => answer.body.text() }
  }
}

/** The part of fetch() that is needed for a server's API. */
export type Fetch = (url: URL, request: FetchRequest) => Promise<FetchAnswer>

export interface FetchRequest {
  readonly method: string
  readonly headers: Record<string, string>
  readonly body?: string
  readonly signal?: AbortSignal
}
export interface FetchAnswer {
  readonly ok: boolean
  readonly status: number
  readonly body: AsyncIterable<Uint8Array> | null
  text(): Promise<string>
}

/** Trusts the certificates that `env` specifies, as git does. */
export function createHttpClient(env: Env): HttpClient {
  const bundle = env['GIT_SSL_CAINFO'] || env['SSL_CERT_FILE']
  const agents = new Map<string, Dispatcher>()
  const agentFor = async (url: URL, proxy: string | undefined): Promise<Dispatcher> => {
    const key = `${url.protocol} ${proxy ?? ''}`
    const agent = agents.get(key) ?? (await openAgent(url, proxy, { ...env, SSL_CERT_FILE: bundle }))
    agents.set(key, agent)
    return agent
  }
  return {
    async send(url, proxy, { method, headers, body = null, signal }) {
      const agent = await agentFor(url, proxy)
      const path = url.pathname + url.search
      const response = await agent.request({ origin: url.origin, path, method, headers, body, signal })
      const { location } = response.headers
      return {
        status: response.statusCode,
        location: typeof location === 'string' ? location : undefined,
        body: response.body,
      }
    },
    close: async () => {
      for (const agent of agents.values()) await agent.destroy()
    },
  }
}
