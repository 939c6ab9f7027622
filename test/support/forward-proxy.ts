import { createServer, type IncomingMessage, request as sendRequest } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { removeAfterTest } from './removed-afterwards.ts'

/** A forward proxy that connects every target to one address. */
export interface ForwardProxy {
  readonly host: string
  /** Method and target of each request, and the decoded login. */
  readonly requests: readonly string[]
}

export interface ForwardProxyOptions {
  /** `127.0.0.1:5000`. */
  readonly target: string
  /** `user:password`. */
  readonly login?: string
  readonly tls?: { readonly cert: string; readonly key: string }
  /** Answers with a status, or closes the connection, or does not answer at all. */
  readonly refusal?: number | 'close' | 'silence'
}

export async function startForwardProxy(options: ForwardProxyOptions): Promise<ForwardProxy> {
  const requests: string[] = []
  const sockets = new Set<Socket>()
  const server = options.tls === undefined ? createServer() : createTlsServer(options.tls)
  const statusFor = (request: IncomingMessage): ForwardProxyOptions['refusal'] => {
    const login = Buffer.from(/^Basic (.*)$/.exec(request.headers['proxy-authorization'] ?? '')?.[1] ?? '', 'base64')
    requests.push([request.method, request.url, login].join(' ').trim())
    if (options.refusal !== undefined) return options.refusal
    return options.login === undefined || options.login === login.toString() ? undefined : 407
  }
  const [host, port] = options.target.split(':')
  server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => {})))
  server.on('connect', (request, socket) => {
    const status = statusFor(request)
    if (status === 'silence') return
    if (status === 'close') return socket.destroy()
    if (status !== undefined) return socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 2\r\n\r\nno`)
    const upstream = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      upstream.pipe(socket).pipe(upstream)
    })
    sockets.add(upstream.on('error', () => socket.destroy()))
    socket.on('error', () => upstream.destroy())
  })
  server.on('request', (request, response) => {
    const status = statusFor(request)
    if (status === 'silence') return
    if (status === 'close') return request.socket.destroy()
    if (status !== undefined) return response.writeHead(status).end('no')
    const { pathname, search } = new URL(request.url ?? '')
    const { method, headers } = request
    const upstream = sendRequest({ host, port, method, headers, path: pathname + search }, (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers)
      answer.pipe(response)
    })
    request.pipe(upstream)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  removeAfterTest(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, requests } // always the case for a TCP server
}
