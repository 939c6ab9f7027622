import { isDatabaseUnavailable } from './database.ts'

/**
 * Batches concurrent calls: calls made while a batch runs form the next one, so that a single caller does not wait and
 * a thousand callers need few transactions. A failed batch is retried item by item, so that each caller gets its own
 * error.
 */
export function inBatches<Item, Result>(
  maxItems: number,
  work: (items: readonly Item[]) => Promise<readonly Result[]>,
): (item: Item) => Promise<Result> {
  let waiting: Waiting<Item, Result>[] = []
  let isRunning = false
  const run = async (): Promise<void> => {
    isRunning = true
    while (waiting.length > 0) {
      const batch = waiting.slice(0, maxItems)
      waiting = waiting.slice(maxItems)
      await settle(batch, work)
    }
    isRunning = false
  }
  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      if (!isRunning) {
        isRunning = true
        setImmediate(() => void run()) // requests that were read together form one batch
      }
    })
}

interface Waiting<Item, Result> {
  readonly item: Item
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

async function settle<Item, Result>(
  batch: readonly Waiting<Item, Result>[],
  work: (items: readonly Item[]) => Promise<readonly Result[]>,
): Promise<void> {
  try {
    const results = await work(batch.map(({ item }) => item))
    for (const [index, { resolve }] of batch.entries()) resolve(results[index] as Result)
  } catch (error) {
    // Without a database, each item would fail after its own timeout, one after the other.
    if (batch.length === 1 || isDatabaseUnavailable(error)) for (const { reject } of batch) reject(error)
    else for (const one of batch) await settle([one], work)
  }
}
