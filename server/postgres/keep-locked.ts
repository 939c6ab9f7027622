import type pg from 'pg'
import { ServerError } from '../errors.ts'

export interface KeepOptions {
  /** The connection is lost; it is retried until it succeeds. */
  readonly onDisconnected: (error: unknown) => void
  /** Another server was faster: this one must stop. */
  readonly onLockLost: (error: ServerError) => void
}

const PAUSE_MS = 1000

/** Holds a connection that ends with the database, and restarts the database whenever it has exited. */
export async function keepLocked(
  start: () => Promise<pg.Client>,
  { onDisconnected, onLockLost }: KeepOptions,
): Promise<{ stop(): Promise<void> }> {
  let client = await start()
  let isStopped = false
  let restarting: Promise<void> = Promise.resolve()
  const watch = (): void => {
    client.once('end', () => {
      if (!isStopped) restarting = restart()
    })
  }
  const restart = async (): Promise<void> => {
    onDisconnected(new Error('the connection ended'))
    while (!isStopped) {
      try {
        client = await start()
        return watch()
      } catch (error) {
        if (error instanceof ServerError && error.code === 'SERVER_IN_USE') return onLockLost(error)
        onDisconnected(error)
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
      }
    }
  }
  watch()
  return {
    stop: async () => {
      isStopped = true
      await restarting
      await client.end().catch(() => undefined)
    },
  }
}
