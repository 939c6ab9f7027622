import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import type { Dispatcher } from 'undici'
import { present } from '../../image-spec/index.ts'
import { type BodyPieces, bodyPieces } from './body-pieces.ts'
import type { ExchangeRequest, ExchangeResponse } from './exchange.ts'
import { fromNetworkFailure, MAX_HEADER_BYTES, type Peer } from './network-failure.ts'
import { type OwnConnection, ownConnection } from './own-connection.ts'
import { findProxy } from './proxy.ts'
import { limitResponse, requireFlow, TIMEOUTS, type Timeouts } from './response-timeout.ts'
import { CONNECT_TIMEOUT_MS, createRoutes, type Route, type RouteSettings } from './routes.ts'
import { loginHeaders, relayRefused } from './through-proxy.ts'

export interface WireSettings extends RouteSettings {
  readonly userAgent: string
  readonly timeouts?: Timeouts
}

/** Sends requests with undici: one request, one response, no policy. Loaded when the network is first needed. */
export interface Wire {
  send(request: ExchangeRequest): Promise<ExchangeResponse>
  close(): Promise<void>
}

/** Time to drain an unread response, so that its connection can be reused. */
const DISCARD_TIMEOUT_MS = 2000

export function createWire(settings: WireSettings): Wire {
  const timeouts = settings.timeouts ?? TIMEOUTS
  const routes = createRoutes(settings, timeouts)
  const limits = {
    headersTimeout: timeouts.uploadMs,
    bodyTimeout: timeouts.idleMs,
    maxHeaderSize: MAX_HEADER_BYTES,
    connectTimeout: CONNECT_TIMEOUT_MS,
  }
  return {
    send: async (request) => {
      const own = canPassOn(request, settings) ? ownConnection(request.url.origin, limits) : undefined
      const route = own ?? routes.find(request.url, request.registry)
      return send(route, request, { userAgent: settings.userAgent, timeouts, own })
    },
    close: () => routes.close(),
  }
}

/** With TLS or a proxy, the connection's bytes are not the body's. */
function canPassOn({ url, wantsConnection }: ExchangeRequest, { env }: WireSettings): boolean {
  return wantsConnection === true && url.protocol === 'http:' && findProxy(url, env) === undefined
}

interface Sending {
  readonly userAgent: string
  readonly timeouts: Timeouts
  readonly own: OwnConnection | undefined
}

async function send(
  { dispatcher, relay }: Route,
  request: ExchangeRequest,
  { userAgent, timeouts, own }: Sending,
): Promise<ExchangeResponse> {
  const { url, body, signal } = request
  const limit = limitResponse(request, timeouts)
  try {
    signal?.throwIfAborted()
    const received = await dispatcher.request({
      origin: url.origin,
      path: `${relay === undefined ? '' : url.origin}${url.pathname}${url.search}`,
      method: request.method,
      headers: {
        'user-agent': userAgent,
        ...request.headers,
        ...(relay && loginHeaders(relay.proxy)),
        ...(body !== undefined && { 'content-length': String(body.sizeBytes) }),
      },
      ...(body !== undefined && { body: Readable.from(limit.sending(body.open()), { objectMode: false }) }),
      // undici closes the connection after each HEAD, for servers that answer it with a body. Such a body breaks the next
      // answer on the connection, which counts as a lost connection and is requested again.
      reset: false,
      signal: limit.signal,
    })
    if (relay !== undefined && received.statusCode === 407) throw await relayRefused(relay, received)
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

function peerOf({ url, registry, redirectedBy }: ExchangeRequest): Peer {
  if (redirectedBy !== undefined) return { host: url.host, redirectedBy, isAnyServer: true }
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
