import { on } from 'node:events'
import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { Agent, buildConnector, type Dispatcher, Pool, ProxyAgent } from 'undici'
import { RegistryError } from '../errors.ts'
import { limitAnswer, PATIENCE, type Patience, requireFlow } from './answer-limit.ts'
import type { ExchangeRequest, ExchangeResponse } from './exchange.ts'
import { lateEnd } from './late-end.ts'
import { fromNetworkFailure, MAX_HEADER_BYTES, type Peer } from './network-failure.ts'
import { findProxy } from './proxy.ts'
import { createTrust, type TrustSettings } from './trust.ts'

export interface WireSettings extends TrustSettings {
  readonly userAgent: string
  readonly isInsecure: (host: string) => boolean
  readonly patience?: Patience
}

/** Bytes on the network by undici: one request, one answer, no opinion. This module is loaded when the network is first needed. */
export interface Wire {
  send(request: ExchangeRequest): Promise<ExchangeResponse>
  close(): Promise<void>
}

const CONNECT_TIMEOUT_MS = 10_000
/** What is left of an answer that is not read, for a connection that can be used again. */
const DISCARD_TIMEOUT_MS = 2000
/** Pieces of a body, as they were read from the network, that wait in memory for the reader. */
const WAITING_CHUNKS = 16

export function createWire(settings: WireSettings): Wire {
  const dispatchers = new Map<string, Dispatcher>()
  const trust = createTrust(settings)
  const patience = settings.patience ?? PATIENCE
  return {
    send: (request) => send(dispatcherFor(request.url), request, { userAgent: settings.userAgent, patience }),
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
    const limits = {
      headersTimeout: patience.uploadMs,
      bodyTimeout: patience.idleMs,
      maxHeaderSize: MAX_HEADER_BYTES,
    }
    const connect = { timeout: CONNECT_TIMEOUT_MS, ...tls }
    const dispatcher =
      proxy === undefined
        ? new Agent({ ...limits, connect: lateEnd(buildConnector(connect)) })
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

function lateEndPool(origin: string | URL, options: Pool.Options): Pool {
  const { connect } = options
  return new Pool(origin, {
    ...options,
    ...(connect && { connect: lateEnd(typeof connect === 'function' ? connect : buildConnector(connect)) }),
  })
}

interface Sending {
  readonly userAgent: string
  readonly patience: Patience
}

async function send(
  dispatcher: Dispatcher,
  request: ExchangeRequest,
  { userAgent, patience }: Sending,
): Promise<ExchangeResponse> {
  const { url, body, signal } = request
  const limit = limitAnswer(request, patience)
  try {
    signal?.throwIfAborted()
    const answer = await dispatcher.request({
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
      // answer on the connection, which counts as a lost connection and is asked for again.
      reset: false,
      signal: limit.signal,
    })
    return responseOf(answer, request, patience)
  } catch (failure) {
    throw fromNetworkFailure(failure, peerOf(request), signal)
  } finally {
    limit.ended()
  }
}

function responseOf(answer: Dispatcher.ResponseData, request: ExchangeRequest, patience: Patience): ExchangeResponse {
  return {
    status: answer.statusCode,
    url: request.url,
    header: (name) => {
      const value = answer.headers[name]
      return Array.isArray(value) ? value.join(', ') : value
    },
    body: readBody(answer, request, patience),
    discard: async () => {
      const signal = AbortSignal.timeout(DISCARD_TIMEOUT_MS)
      await answer.body.dump({ limit: 65_536, signal }).catch(() => answer.body.destroy())
      await untilReusable()
    },
  }
}

/** undici uses a connection again one turn after the end of an answer; a request that is sent earlier opens another one. */
function untilReusable(): Promise<void> {
  return setImmediate()
}

function peerOf({ url, registry }: ExchangeRequest): Peer {
  return { host: url.host, ...(registry.isAnyServer && { isAnyServer: true }) }
}

async function* readBody(
  answer: Dispatcher.ResponseData,
  request: ExchangeRequest,
  patience: Patience,
): AsyncGenerator<Uint8Array> {
  try {
    yield* requireFlow(chunksOf(answer.body), patience)
    await untilReusable()
  } catch (failure) {
    throw fromNetworkFailure(failure, peerOf(request), request.signal)
  }
}

/** As they come: iterating over the stream itself would copy all that wait into one. */
async function* chunksOf(body: Readable): AsyncGenerator<Uint8Array> {
  body.on('error', () => {}) // of a body that is given up; until then the iteration reports it
  try {
    if (!body.destroyed) {
      for await (const [chunk] of on(body, 'data', { close: ['end', 'close'], highWaterMark: WAITING_CHUNKS })) {
        if (!(chunk instanceof Uint8Array)) throw new RegistryError('REGISTRY_BAD_RESPONSE', 'not bytes')
        yield chunk
      }
    }
    if (!body.readableEnded) throw body.errored ?? Object.assign(new Error('closed early'), { code: 'UND_ERR_SOCKET' })
  } finally {
    body.destroy()
  }
}
