import type { Socket } from 'node:net'
import { buildConnector, Client, type Dispatcher } from 'undici'
import type { BodyPieces } from './body-pieces.ts'
import type { Connection } from './exchange.ts'
import { loopbackFirst } from './loopback-first.ts'
import { repairSockets } from './repair-sockets.ts'

/** A client for a single response, whose connection can be passed to another process. */
export interface OwnConnection {
  readonly dispatcher: Dispatcher
  /** Undefined if the body's length is not known in advance. */
  passOn(response: Dispatcher.ResponseData, pieces: BodyPieces): Connection | undefined
}

export interface OwnOptions extends Client.Options {
  readonly connectTimeout: number
  readonly bodyTimeout: number
}

export function ownConnection(origin: string, { connectTimeout, ...options }: OwnOptions): OwnConnection {
  let socket: Socket | undefined
  const connect = repairSockets(loopbackFirst(buildConnector({ timeout: connectTimeout })))
  const client = new Client(origin, {
    ...options,
    connect: (target, done) =>
      connect(target, (...result) => {
        socket = result[1] ?? undefined
        done(...result)
      }),
  })
  return {
    dispatcher: client,
    passOn: ({ headers, body }, pieces) => {
      body.once('close', () => void client.destroy())
      if (socket === undefined || headers['content-length'] === undefined) return undefined
      if (headers['transfer-encoding'] !== undefined) return undefined
      return connectionOf(socket, pieces, { idleMs: options.bodyTimeout, leave: () => body.destroy() })
    },
  }
}

function connectionOf(socket: Socket, pieces: BodyPieces, rest: Pick<Connection, 'idleMs' | 'leave'>): Connection {
  return {
    socket,
    drain: () => {
      const parsed = pieces.drain()
      const raw: unknown = socket.read()
      return raw instanceof Uint8Array ? [...parsed, raw] : parsed
    },
    ...rest,
  }
}
