import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * A port for a program that cannot choose one itself. It is below the range (from 32768) from which the kernel takes
 * the ports of connections and of servers that listen on port 0: none of them takes it before the program does.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 8000)
    const server = createServer().listen(port, '127.0.0.1')
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false, // once() rejects on "error"
    )
    await new Promise((resolve) => server.close(resolve))
    if (isFree) return port
  }
}
