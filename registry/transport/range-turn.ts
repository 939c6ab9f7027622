/**
 * Whose turn it is to fetch a blob over several connections. One blob at a time: what arrives before its turn is kept in
 * memory.
 */
export interface RangeTurn {
  /** So long one connection alone shows how fast it is. */
  readonly afterMs: number
  /** False where another blob has the turn. */
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
