import { availableParallelism } from 'node:os'
import type PQueue from 'p-queue'

/** Runs work when there is room for it; `onWait` is called if it has to wait. */
export type Enqueue = <Result>(work: () => Promise<Result>, onWait: () => void) => Promise<Result>

/**
 * Steps mostly wait: for a download, a lock, a single-threaded compiler. A lower limit wastes time on small machines;
 * BuildKit has no limit.
 */
const LEAST_AT_ONCE = 16

export function defaultStepsAtOnce(): number {
  return Math.max(LEAST_AT_ONCE, 2 * availableParallelism())
}

/** One queue for the steps of all builds of an engine. A fully cached build never loads it. */
export function createStepQueue(atOnce = defaultStepsAtOnce()): Enqueue {
  let opening: Promise<PQueue> | undefined
  const open = async (): Promise<PQueue> => {
    const { default: Queue } = await import('p-queue')
    return new Queue({ concurrency: atOnce })
  }
  return async (work, onWait) => {
    opening ??= open()
    const queue = await opening
    if (queue.pending >= atOnce) onWait()
    return queue.add(work)
  }
}
