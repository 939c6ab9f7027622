import type { Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import { buildConnector, type Dispatcher } from 'undici'
import { hostNameOf } from './hosts.ts'
import { type FailedProxy, type ProxyAnswer, ProxyFailure } from './proxy-failure.ts'
import type { ProxyLogin, TunnelRequest } from './tunnel-request.ts'

export interface ThroughProxy {
  readonly proxy: URL
  /** The variable that names the proxy. */
  readonly variable: string
  /** For a proxy that is accessed over TLS. */
  readonly contextFor: (host: string) => SecureContext
  readonly connectTimeoutMs: number
  /** From the request for a tunnel to the proxy's response. */
  readonly answerTimeoutMs: number
}

/**
 * Connects to the targets of an agent in tunnels. undici's ProxyAgent connects without end to a proxy that closes its
 * connections, and trusts only node's certificates.
 */
export function throughProxy(settings: ThroughProxy, connectTarget: buildConnector.connector) {
  const connectProxy = toProxy(settings)
  const connect: buildConnector.connector = (options, done) => {
    connectProxy(options, (...[failure, socket]) => {
      if (failure !== null) return done(failure, null)
      tunnel(socket, options, settings).then(
        () => {
          if (options.protocol === 'https:') connectTarget({ ...options, httpSocket: socket }, done)
          else done(null, socket)
        },
        (cause) => {
          socket.on('error', () => {}).destroy() // its first failure is reported
          done(cause, null)
        },
      )
    })
  }
  return connect
}

/** Connects to the proxy, whatever the target: for requests that name it. */
export function toProxy({ proxy, variable, contextFor, connectTimeoutMs }: ThroughProxy): buildConnector.connector {
  const { protocol } = proxy
  const isTls = protocol === 'https:'
  const connect = buildConnector({
    timeout: connectTimeoutMs,
    ...(isTls && { secureContext: contextFor(proxy.host) }),
  })
  const hostname = hostNameOf(proxy.hostname)
  const port = proxy.port || (isTls ? '443' : protocol === 'http:' ? '80' : '1080')
  const address = { hostname, host: proxy.host, port, protocol: isTls ? 'https:' : 'http:' }
  return (_, done) =>
    connect(address, (...[failure, socket]) => {
      if (failure === null) done(null, socket)
      else done(new ProxyFailure(shown(proxy, variable), undefined, failure), null)
    })
}

/** For requests that pass the proxy without a tunnel. */
export function loginHeaders(proxy: URL): Readonly<Record<string, string>> {
  const login = loginOf(proxy)
  if (login === undefined) return {}
  const text = `${login.username}:${login.password}`
  return { 'proxy-authorization': `Basic ${Buffer.from(text).toString('base64')}` }
}

/** The error for status 407 of a request that passed the proxy without a tunnel. */
export async function relayRefused(
  { proxy, variable }: ThroughProxy,
  { statusCode, body }: Dispatcher.ResponseData,
): Promise<ProxyFailure> {
  await body.dump()
  return new ProxyFailure(shown(proxy, variable), { status: statusCode, text: `returned ${statusCode}` })
}

async function tunnel(
  socket: Socket,
  { hostname, port, protocol }: buildConnector.Options,
  { proxy, variable, answerTimeoutMs }: ThroughProxy,
): Promise<void> {
  const request: TunnelRequest = {
    // IPv6 with or without brackets, and never with a port
    target: { hostname: hostname.replace(/^\[|\]$/g, ''), port: port || (protocol === 'https:' ? '443' : '80') },
    login: loginOf(proxy),
    headers: loginHeaders(proxy),
    signal: AbortSignal.timeout(answerTimeoutMs),
  }
  const answer = await openTunnel(proxy, socket, request).catch((cause) => {
    const failure = request.signal.aborted ? timedOut() : cause
    throw new ProxyFailure(shown(proxy, variable), undefined, failure)
  })
  if (answer !== undefined) throw new ProxyFailure(shown(proxy, variable), answer)
}

async function openTunnel(proxy: URL, socket: Socket, request: TunnelRequest): Promise<ProxyAnswer | undefined> {
  if (isSocks(proxy)) return (await import('./socks-tunnel.ts')).openSocksTunnel(socket, request)
  return (await import('./http-tunnel.ts')).openHttpTunnel(socket, request)
}

export function isSocks({ protocol }: URL): boolean {
  return protocol.startsWith('socks')
}

/** A password may have a `%` that is not part of an escape sequence. */
function loginOf({ username, password }: URL): ProxyLogin | undefined {
  if (username === '') return undefined
  return { username: decoded(username), password: decoded(password) }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function shown({ host, username }: URL, variable: string): FailedProxy {
  return { host, hasUser: username !== '', variable }
}

function timedOut(): Error {
  return Object.assign(new Error('no answer'), { code: 'UND_ERR_HEADERS_TIMEOUT' })
}
