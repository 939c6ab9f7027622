import { connect, type Socket } from 'node:net'

export interface Connection {
  readonly socket: Socket
  /** What came so far. */
  answer(): string
  /** Resolves when the server has closed it. */
  readonly closed: Promise<void>
}

/** A client that writes what it wants, and sees the bytes of the answer. */
export function openConnection(url: string): Connection {
  const { port, hostname } = new URL(url)
  const socket = connect(Number(port), hostname)
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  socket.on('error', () => undefined) // a reset is an end
  return {
    socket,
    answer: () => Buffer.concat(chunks).toString(),
    closed: new Promise((resolve) => socket.once('close', () => resolve())),
  }
}

/** What the server answers to these bytes, up to `end` or to the close of the connection. */
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
