/** Allows one blob at a time to be fetched over several connections, since out-of-order data is held in memory. */
export interface RangeTurn {
  /** Time for which a single connection shows its speed. */
  readonly afterMs: number
  /** False if another blob has the turn. */
  take(): boolean
  release(): void
}

const DEFAULT_AFTER_MS = 1000

export function createRangeTurn(afterMs = DEFAULT_AFTER_MS): RangeTurn {
  let isTaken = false
  return {
    afterMs,
    take: () => {
      const isFree = !isTaken
      isTaken = true
      return isFree
    },
    release: () => {
      isTaken = false
    },
  }
}
