import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** Stands before a real registry and cuts connections. */
export interface CuttingProxy {
  readonly host: string
  /** Each connection that sends so many bytes takes one of these numbers and is cut there. */
  readonly cutsAfterSent: number[]
  /** The same for what the registry answers. */
  readonly cutsAfterReceived: number[]
  stop(): Promise<void>
}

export async function startCuttingProxy(target: string): Promise<CuttingProxy> {
  const cutsAfterSent: number[] = []
  const cutsAfterReceived: number[] = []
  const sockets = new Set<Socket>()
  const [targetHost, targetPort] = target.split(':')
  const server = createServer((client) => {
    const upstream = connect(Number(targetPort), targetHost)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {}) // the cut itself
      socket.on('close', () => {
        client.destroy()
        upstream.destroy()
        sockets.delete(socket)
      })
    }
    pass(client, upstream, cutsAfterSent)
    pass(upstream, client, cutsAfterReceived)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // a TCP server has no other
  return {
    host: `127.0.0.1:${port}`,
    cutsAfterSent,
    cutsAfterReceived,
    stop: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function pass(from: Socket, to: Socket, cuts: number[]): void {
  let seen = 0
  from.pipe(to)
  from.on('data', (chunk) => {
    seen += chunk.length
    const limit = cuts[0]
    if (limit === undefined || seen < limit) return
    cuts.shift()
    from.destroy()
  })
}
