import { connect, type Socket } from 'node:net'

export interface Connection {
  readonly socket: Socket
  /** The data received so far. */
  answer(): string
  /** Resolves when the server has closed the connection. */
  readonly closed: Promise<void>
}

/** Opens a raw connection for arbitrary bytes, and records the response. */
export function openConnection(url: string): Connection {
  const { port, hostname } = new URL(url)
  const socket = connect(Number(port), hostname)
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  socket.on('error', () => undefined) // a reset counts as the end
  return {
    socket,
    answer: () => Buffer.concat(chunks).toString(),
    closed: new Promise((resolve) => socket.once('close', () => resolve())),
  }
}

/** Sends bytes and returns the response, up to `end` or until the connection is closed. */
export async function exchange(url: string, bytes: string, end?: string): Promise<string> {
  const { socket, answer, closed } = openConnection(url)
  socket.write(bytes, 'latin1')
  const ended = new Promise<void>((resolve) => {
    socket.on('data', () => end !== undefined && answer().includes(end) && resolve())
  })
  await Promise.race([closed, ended])
  socket.destroy()
  return answer()
}
