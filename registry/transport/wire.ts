import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { Agent, buildConnector, type Dispatcher, Pool, ProxyAgent } from 'undici'
import { present } from '../../image-spec/index.ts'
import { type BodyPieces, bodyPieces } from './body-pieces.ts'
import type { ExchangeRequest, ExchangeResponse } from './exchange.ts'
import { lateEnd } from './late-end.ts'
import { loopbackFirst } from './loopback-first.ts'
import { fromNetworkFailure, MAX_HEADER_BYTES, type Peer } from './network-failure.ts'
import { type OwnConnection, ownConnection } from './own-connection.ts'
import { findProxy } from './proxy.ts'
import { limitResponse, requireFlow, TIMEOUTS, type Timeouts } from './response-timeout.ts'
import { createTrust, type TrustSettings } from './trust.ts'
import { withoutContinue } from './without-continue.ts'

export interface WireSettings extends TrustSettings {
  readonly userAgent: string
  readonly isInsecure: (host: string) => boolean
  readonly timeouts?: Timeouts
}

/** Sends requests with undici: one request, one response, no policy. Loaded when the network is first needed. */
export interface Wire {
  send(request: ExchangeRequest): Promise<ExchangeResponse>
  close(): Promise<void>
}

const CONNECT_TIMEOUT_MS = 10_000
/** Time to drain an unread response, so that its connection can be reused. */
const DISCARD_TIMEOUT_MS = 2000

export function createWire(settings: WireSettings): Wire {
  const dispatchers = new Map<string, Dispatcher>()
  const trust = createTrust(settings)
  const timeouts = settings.timeouts ?? TIMEOUTS
  const limits = {
    headersTimeout: timeouts.uploadMs,
    bodyTimeout: timeouts.idleMs,
    maxHeaderSize: MAX_HEADER_BYTES,
    connectTimeout: CONNECT_TIMEOUT_MS,
  }
  return {
    send: (request) => {
      const own = canPassOn(request, settings) ? ownConnection(request.url.origin, limits) : undefined
      const dispatcher = own?.dispatcher ?? dispatcherFor(request.url)
      return send(dispatcher, request, { userAgent: settings.userAgent, timeouts, own })
    },
    close: async () => {
      await Promise.all([...dispatchers.values()].map((dispatcher) => dispatcher.destroy()))
      dispatchers.clear()
    },
  }

  function dispatcherFor(url: URL): Dispatcher {
    const known = dispatchers.get(url.origin)
    if (known !== undefined) return known
    const tls = url.protocol !== 'https:' ? {} : tlsOptions(url.host)
    const proxy = findProxy(url, settings.env)
    const connect = { timeout: CONNECT_TIMEOUT_MS, ...tls }
    const dispatcher =
      proxy === undefined
        ? new Agent({ ...limits, connect: lateEnd(withoutContinue(loopbackFirst(buildConnector(connect)))) })
        : new ProxyAgent({
            ...limits,
            uri: proxy.href,
            requestTls: connect,
            proxyTunnel: url.protocol === 'https:',
            factory: lateEndPool,
          })
    dispatchers.set(url.origin, dispatcher)
    return dispatcher
  }

  function tlsOptions(host: string): object {
    if (!settings.isInsecure(host)) return { secureContext: trust.contextFor(host) }
    const secureContext = trust.clientContextFor(host)
    return { rejectUnauthorized: false, ...(secureContext && { secureContext }) }
  }
}

/** With TLS or a proxy, the connection's bytes are not the body's. */
function canPassOn({ url, wantsConnection }: ExchangeRequest, { env }: WireSettings): boolean {
  return wantsConnection === true && url.protocol === 'http:' && findProxy(url, env) === undefined
}

function lateEndPool(origin: string | URL, options: Pool.Options): Pool {
  const { connect } = options
  return new Pool(origin, {
    ...options,
    ...(connect && {
      connect: lateEnd(withoutContinue(typeof connect === 'function' ? connect : buildConnector(connect))),
    }),
  })
}

interface Sending {
  readonly userAgent: string
  readonly timeouts: Timeouts
  readonly own: OwnConnection | undefined
}

async function send(
  dispatcher: Dispatcher,
  request: ExchangeRequest,
  { userAgent, timeouts, own }: Sending,
): Promise<ExchangeResponse> {
  const { url, body, signal } = request
  const limit = limitResponse(request, timeouts)
  try {
    signal?.throwIfAborted()
    const received = await dispatcher.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: request.method,
      headers: {
        'user-agent': userAgent,
        ...request.headers,
        ...(body !== undefined && { 'content-length': String(body.sizeBytes) }),
      },
      ...(body !== undefined && { body: Readable.from(limit.sending(body.open()), { objectMode: false }) }),
      // undici closes the connection after each HEAD, for servers that answer it with a body. Such a body breaks the next
      // answer on the connection, which counts as a lost connection and is requested again.
      reset: false,
      signal: limit.signal,
    })
    return responseOf(received, request, { timeouts, own })
  } catch (failure) {
    void own?.dispatcher.destroy()
    throw fromNetworkFailure(failure, peerOf(request), signal)
  } finally {
    limit.ended()
  }
}

function responseOf(
  received: Dispatcher.ResponseData,
  request: ExchangeRequest,
  { timeouts, own }: Pick<Sending, 'timeouts' | 'own'>,
): ExchangeResponse {
  const pieces = bodyPieces(received.body)
  return {
    ...present('connection', own?.passOn(received, pieces)),
    status: received.statusCode,
    url: request.url,
    header: (name) => {
      const value = received.headers[name]
      return Array.isArray(value) ? value.join(', ') : value
    },
    body: readBody(pieces, request, timeouts),
    discard: async () => {
      const signal = AbortSignal.timeout(DISCARD_TIMEOUT_MS)
      await received.body.dump({ limit: 65_536, signal }).catch(() => received.body.destroy())
      await untilReusable()
    },
  }
}

/**
 * undici can reuse a connection one event loop turn after the end of a response; an earlier request opens another one.
 */
function untilReusable(): Promise<void> {
  return setImmediate()
}

function peerOf({ url, registry }: ExchangeRequest): Peer {
  return { host: url.host, ...(registry.isAnyServer && { isAnyServer: true }) }
}

async function* readBody(pieces: BodyPieces, request: ExchangeRequest, timeouts: Timeouts): AsyncGenerator<Uint8Array> {
  try {
    yield* requireFlow(pieces.read(), timeouts)
    await untilReusable()
  } catch (failure) {
    throw fromNetworkFailure(failure, peerOf(request), request.signal)
  }
}
