/** Work in progress that an engine waits for before it closes. */
export interface Running {
  track<Result>(work: () => Promise<Result>): Promise<Result>
  /** Resolves when nothing is running. */
  ended(): Promise<void>
}

export function createRunning(): Running {
  const running = new Set<Promise<unknown>>()
  return {
    track: (work) => {
      const result = work()
      running.add(result)
      const forget = () => void running.delete(result)
      result.then(forget, forget)
      return result
    },
    ended: async () => {
      while (running.size > 0) await Promise.allSettled(running)
    },
  }
}
