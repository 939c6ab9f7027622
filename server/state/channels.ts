import type pg from 'pg'
import type { Database, Queries } from './database.ts'

/** Messages between processes through the database. A lost message only causes a delay: all processes also poll. */
const CHANNELS = {
  /** A build waits, or a slot of its project became free. */
  queue: 'tsbuild_queue',
  /** A build changed state, or should be stopped; payload: its ID. */
  build: 'tsbuild_build',
  /** Events of a build were written; payload: its ID. */
  events: 'tsbuild_events',
} as const
export type Channel = keyof typeof CHANNELS

export function notify(queries: Queries, channel: Channel, build?: number): void {
  queries.notify(CHANNELS[channel], build === undefined ? '' : String(build))
}

type Listener = (build: number | undefined) => void

export interface Channels {
  /**
   * Returns a function that stops listening. After a lost connection, every listener is called once, without a build.
   */
  listen(channel: Channel, listener: Listener): () => void
  close(): Promise<void>
}

const RECONNECT_MS = 1000

export async function openChannels(database: Database): Promise<Channels> {
  const listeners = new Map<string, Set<Listener>>(Object.values(CHANNELS).map((name) => [name, new Set()]))
  let client: pg.Client | undefined
  let closed = false
  const connect = async (): Promise<void> => {
    const fresh = await database.connect()
    fresh.on('notification', ({ channel, payload }) => {
      const build = payload ? Number(payload) : undefined
      for (const listener of listeners.get(channel) ?? []) listener(build)
    })
    fresh.once('end', () => {
      client = undefined
      if (!closed) void reconnect()
    })
    for (const name of listeners.keys()) await fresh.query(`listen ${name}`)
    client = fresh
  }
  const reconnect = async (): Promise<void> => {
    while (!closed && client === undefined) {
      await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS).unref())
      await connect().catch(() => undefined) // the database is still unavailable: retried
    }
    for (const listener of [...listeners.values()].flatMap((set) => [...set])) listener(undefined)
  }
  await connect()
  return {
    listen: (channel, listener) => {
      listeners.get(CHANNELS[channel])?.add(listener)
      return () => listeners.get(CHANNELS[channel])?.delete(listener)
    },
    close: async () => {
      closed = true
      await client?.end().catch(() => undefined)
    },
  }
}
