import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, isIP, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { messageOf } from '../../errors/index.ts'
import { AddressRefused, guardedLookup, isForbidden } from './guarded-lookup.ts'

export interface GitProxy {
  /** `http://127.0.0.1:40123` */
  readonly url: string
  /** Why the last connection failed, which git reports as a status only. */
  failure(): string | undefined
  close(): void
}

/** Reported by git as the status only: distinguishes our refusals from those of the server. */
const REFUSED = 451
const FAILED = 502

/**
 * A forward proxy on loopback for git, which opens connections itself and follows redirects and submodules.
 * SECURITY: it refuses services of this machine and the metadata service, whatever name resolves to them. →
 * test/attack/server/server-git-addresses.test.ts
 */
export async function openGitProxy(allowedHosts: readonly string[]): Promise<GitProxy> {
  const target = (host: string, port: number): Upstream => {
    if (allowedHosts.includes(host) || allowedHosts.includes(`${host}:${port}`)) return { host: bare(host), port }
    if (isForbidden(bare(host))) throw new AddressRefused(host)
    return { host: bare(host), port, lookup: guardedLookup() }
  }
  let failure: string | undefined
  const note = (error: Error): void => {
    if (!(error instanceof AddressRefused)) failure = messageOf(error)
  }
  const server = createServer((request, response) => {
    forward(request, response, target).catch((error: Error) => {
      note(error)
      if (response.headersSent) response.destroy()
      else response.writeHead(statusOf(error), { 'content-type': 'text/plain' }).end(`${error.message}\n`)
    })
  })
  server.on('connect', (request: IncomingMessage, client: Duplex, head: Buffer) => {
    client.on('error', () => client.destroy()) // Node removes its own listener; a reset would end this process
    tunnel(request, { client, head }, target).catch((error: Error) => {
      note(error)
      client.end(`HTTP/1.1 ${statusOf(error)} ${error.name}\r\n\r\n`)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  server.unref()
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    failure: () => failure,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

interface Upstream {
  readonly host: string
  readonly port: number
  readonly lookup?: ReturnType<typeof guardedLookup>
}
type FindUpstream = (host: string, port: number) => Upstream

async function forward(request: IncomingMessage, response: ServerResponse, target: FindUpstream): Promise<void> {
  const url = new URL(request.url ?? '')
  if (url.protocol !== 'http:') throw new AddressRefused(url.host)
  const { 'proxy-connection': _, 'proxy-authorization': __, ...headers } = request.headers
  const { method } = request
  const options = { ...target(url.hostname, Number(url.port || 80)), path: url.pathname + url.search, method, headers }
  const outgoing = httpRequest({ ...options, agent: false })
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve).on('error', reject)
  })
  const sent = pipeline(request, outgoing)
  sent.catch(() => undefined) // the response fails with the same error
  const upstream = await answered
  response.writeHead(upstream.statusCode ?? FAILED, upstream.headers)
  await pipeline(upstream, response)
}

interface Tunnel {
  readonly client: Duplex
  readonly head: Buffer
}

async function tunnel({ url = '' }: IncomingMessage, { client, head }: Tunnel, target: FindUpstream): Promise<void> {
  const { hostname } = new URL(`http://${url}`)
  const port = /:(\d+)$/.exec(url)?.[1] ?? 443 // a URL does not have the port 80 of http
  const server = await connected(target(hostname, Number(port)))
  client.write('HTTP/1.1 200 Connection established\r\n\r\n')
  server.write(head)
  await Promise.all([pipeline(client, server), pipeline(server, client)]).catch(() => {
    client.destroy()
    server.destroy()
  })
}

function connected(target: Upstream): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(target)
    // `on`, not `once`: until the tunnel has its own listener
    socket.once('connect', () => resolve(socket)).on('error', reject)
  })
}

/** Strips the brackets that addresses have in URLs. */
function bare(host: string): string {
  const inner = host.replace(/^\[(.*)\]$/, '$1')
  return isIP(inner) === 6 ? inner : host
}

function statusOf(error: Error): number {
  return error instanceof AddressRefused ? REFUSED : FAILED
}
