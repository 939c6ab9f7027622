const PARALLEL_TRANSFERS = 4

/**
 * Runs a transfer for each item, several concurrently; returns the results in order. The first failure cancels the
 * others.
 */
export async function transferAll<Item, Result>(
  items: readonly Item[],
  signal: AbortSignal | undefined,
  transfer: (item: Item, signal: AbortSignal) => Promise<Result>,
): Promise<readonly Result[]> {
  const { default: Queue } = await import('p-queue')
  const queue = new Queue({ concurrency: PARALLEL_TRANSFERS })
  const stop = new AbortController()
  const either = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal])
  const run = async (item: Item): Promise<Result> => {
    either.throwIfAborted()
    try {
      return await transfer(item, either)
    } catch (failure) {
      stop.abort(failure) // all others fail with this reason
      throw failure
    }
  }
  const outcomes = await Promise.allSettled(items.map((item) => queue.add(() => run(item))))
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failed !== undefined) throw stop.signal.aborted ? stop.signal.reason : failed.reason
  return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
}
