import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { removeAfterFile } from './removed-afterwards.ts'

/** A proxy in front of a real registry that cuts connections. */
export interface CuttingProxy {
  readonly host: string
  /** Each connection that sends enough bytes takes one of these numbers and is cut there. */
  readonly cutsAfterSent: number[]
  /** The same for the responses of the registry. */
  readonly cutsAfterReceived: number[]
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
  const { port } = server.address() as AddressInfo // always the case for a TCP server
  removeAfterFile(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return { host: `127.0.0.1:${port}`, cutsAfterSent, cutsAfterReceived }
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
