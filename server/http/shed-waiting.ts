import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** More than come at once; far fewer than `maxConnections`. */
const MAX_WAITING = 1500

/**
 * Connections whose request is not complete yet are closed, the oldest first, when there are too many: a client that
 * opens thousands and sends nothing, or byte by byte, keeps no other out.
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
      waiting.delete(socket) // once more, as the youngest
      waiting.add(socket)
    })
  })
}
