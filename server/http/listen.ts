import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import type { Hono } from 'hono'
import { ServerError } from '../errors.ts'
import { shedWaiting } from './shed-waiting.ts'

export interface Listening {
  /** `http://127.0.0.1:8080`, with the actual port if 0 was requested. */
  readonly url: string
  /** Requests wait until this is called. */
  serve(app: Hono): void
  /** Requests in progress may finish. */
  close(): Promise<void>
}

/** Disconnects clients that send their request byte by byte. */
const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  connectionsCheckingInterval: 2_000,
  keepAliveTimeout: 15_000,
  maxHeaderSize: 16 << 10,
}

/** Binds the address before anything else starts, so that a server whose address is in use does nothing. */
export async function listen(address: string): Promise<Listening> {
  const [, host = '', port = ''] = /^(.+):(\d+)$/.exec(address) ?? []
  const hostname = host.replace(/^\[(.*)\]$/, '$1')
  let serve: (app: Hono) => void = () => undefined
  const ready = new Promise<Hono>((resolve) => {
    serve = resolve
  })
  const handle: Hono['fetch'] = async (request, env) => (await ready).fetch(request, env)
  // Hostname for HTTP/1.0 clients, which need not send one, such as load balancers that check /healthz.
  const options = { fetch: handle, hostname: 'localhost', serverOptions: LIMITS }
  const server = createAdaptorServer(options) as Server
  server.maxConnections = 4000
  shedWaiting(server)
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(cannotListen(address, cause)))
    server.listen(Number(port), hostname, resolve)
  })
  const bound = server.address()
  const boundPort = typeof bound === 'object' && bound !== null ? bound.port : port
  return {
    url: `http://${host}:${boundPort}`,
    serve,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeIdleConnections()
        setTimeout(() => server.closeAllConnections(), 5000).unref()
      }),
  }
}

function cannotListen(address: string, cause: NodeJS.ErrnoException): ServerError {
  const reason = cause.code === 'EADDRINUSE' ? 'the address is in use' : cause.message
  return new ServerError('SERVER_BAD_CONFIG', `Cannot listen on "${address}": ${reason}`, {
    hint: 'Choose another address with --listen or the setting "listen"',
    cause,
  })
}
