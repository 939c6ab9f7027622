import type { Engine } from '../../engine/index.ts'
import type { RegistryClient } from '../../registry/index.ts'

/** Holds the store during `work`. The process that locks it starts while the client is loaded. */
export async function withClient<Result>(
  { store, registry }: Pick<Engine, 'store' | 'registry'>,
  work: (client: RegistryClient) => Promise<Result>,
): Promise<Result> {
  const waiting = new AbortController()
  const locking = store.lock('shared', { signal: waiting.signal })
  locking.catch(() => {}) // reported below, once the client is there
  try {
    const client = await registry()
    await locking
    return await work(client)
  } finally {
    waiting.abort() // without a client, the lock is not needed
    await locking.then(
      (lock) => lock.release(),
      () => {},
    )
  }
}
