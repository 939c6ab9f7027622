import { on } from 'node:events'
import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { Agent, buildConnector, type Dispatcher, Pool, ProxyAgent } from 'undici'
import { RegistryError } from '../errors.ts'
import type { ExchangeRequest, ExchangeResponse } from './exchange.ts'
import { lateEnd } from './late-end.ts'
import { fromNetworkFailure, MAX_HEADER_BYTES, type Peer } from './network-failure.ts'
import { findProxy } from './proxy.ts'
import { createTrust, type TrustSettings } from './trust.ts'

export interface WireSettings extends TrustSettings {
  readonly userAgent: string
  readonly isInsecure: (host: string) => boolean
}

/** Bytes on the network by undici: one request, one answer, no opinion. This module is loaded when the network is first needed. */
export interface Wire {
  send(request: ExchangeRequest): Promise<ExchangeResponse>
  close(): Promise<void>
}

const CONNECT_TIMEOUT_MS = 10_000
/** From the last byte sent to the answer: a registry moves a large upload into place before it answers. */
const ANSWER_TIMEOUT_MS = 300_000
/** Between two pieces of a body. */
const IDLE_TIMEOUT_MS = 60_000
/** Pieces of a body, as they were read from the network, that wait in memory for the reader. */
const WAITING_CHUNKS = 16

export function createWire(settings: WireSettings): Wire {
  const dispatchers = new Map<string, Dispatcher>()
  const trust = createTrust(settings)
  return {
    send: (request) => send(dispatcherFor(request.url), request, settings.userAgent),
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
    const limits = { headersTimeout: ANSWER_TIMEOUT_MS, bodyTimeout: IDLE_TIMEOUT_MS, maxHeaderSize: MAX_HEADER_BYTES }
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

async function send(dispatcher: Dispatcher, request: ExchangeRequest, userAgent: string): Promise<ExchangeResponse> {
  const { url, body, signal } = request
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
      ...(body !== undefined && { body: Readable.from(body.open(), { objectMode: false }) }),
      // undici closes the connection after each HEAD, for servers that answer it with a body. Such a body breaks the next
      // answer on the connection, which counts as a lost connection and is asked for again.
      reset: false,
      signal: signal ?? null,
    })
    return responseOf(answer, request)
  } catch (failure) {
    throw fromNetworkFailure(failure, peerOf(request), signal)
  }
}

function responseOf(answer: Dispatcher.ResponseData, request: ExchangeRequest): ExchangeResponse {
  return {
    status: answer.statusCode,
    url: request.url,
    header: (name) => {
      const value = answer.headers[name]
      return Array.isArray(value) ? value.join(', ') : value
    },
    body: readBody(answer, request),
    discard: async () => {
      await answer.body.dump({ limit: 65_536 }).catch(() => answer.body.destroy())
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

async function* readBody(answer: Dispatcher.ResponseData, request: ExchangeRequest): AsyncGenerator<Uint8Array> {
  try {
    yield* chunksOf(answer.body)
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
