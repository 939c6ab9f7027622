import type { Socket } from 'node:net'
import { MAX_HEADER_BYTES } from './network-failure.ts'
import type { ProxyAnswer } from './proxy-failure.ts'
import type { TunnelRequest } from './tunnel-request.ts'

/** Returns the refusal, if any. SPEC: RFC 9110 section 9.3.6 */
export async function openHttpTunnel(
  socket: Socket,
  { target, headers, signal }: TunnelRequest,
): Promise<ProxyAnswer | undefined> {
  const { request } = await import('node:http')
  const authority = `${target.hostname.includes(':') ? `[${target.hostname}]` : target.hostname}:${target.port}`
  const connect = request({
    method: 'CONNECT',
    path: authority,
    headers: { host: authority, ...headers },
    createConnection: () => socket,
    maxHeaderSize: MAX_HEADER_BYTES,
    signal,
  })
  const answered = new Promise<ProxyAnswer | undefined>((resolve, reject) => {
    connect.once('error', reject)
    connect.once('connect', ({ statusCode: status = 0 }, _, rest) => {
      if (rest.length > 0) socket.unshift(rest)
      resolve(status >= 200 && status < 300 ? undefined : { status, text: `returned ${status}` })
    })
  })
  connect.end()
  return answered
}
