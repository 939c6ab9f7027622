import { isDatabaseUnavailable } from './database.ts'

const PAUSE_MS = 1000
const PATIENCE_MS = 15 * 60_000

/**
 * A build that took an hour must not be lost because the database is unreachable for a minute. `work` must be
 * repeatable.
 */
export async function retryDatabase<T>(work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isDatabaseUnavailable(error) || Date.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
  }
}
