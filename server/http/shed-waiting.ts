import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** More than usual; far fewer than `maxConnections`. */
const MAX_WAITING = 1500

/**
 * If there are too many connections with an incomplete request, the oldest are closed: a client that opens thousands
 * and sends nothing, or byte by byte, cannot lock out others.
 */
export function shedWaiting(server: Server): void {
  const waiting = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    waiting.add(socket)
    socket.once('close', () => waiting.delete(socket))
    const [oldest] = waiting
    if (waiting.size > MAX_WAITING) oldest?.destroy()
  })
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket, headers } = request
    const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
    if (!hasBody) waiting.delete(socket)
    else request.once('end', () => waiting.delete(socket))
    response.once('close', () => {
      if (socket.destroyed) return
      waiting.delete(socket) // added again as the youngest
      waiting.add(socket)
    })
  })
}
