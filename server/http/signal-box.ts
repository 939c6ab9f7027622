export interface SignalBox {
  signal(): void
  /** Waits for the next signal; one since the last wait counts. */
  wait(timeoutMs: number): Promise<'signal' | 'timeout' | 'closed'>
  close(): void
  isClosed(): boolean
}

/** Lets a loop wait for notifications that may arrive at any time. */
export function createSignalBox(closing: AbortSignal): SignalBox {
  let pending = false
  let closed = closing.aborted
  let resume: ((why: 'signal' | 'closed') => void) | undefined
  const close = (): void => {
    closed = true
    closing.removeEventListener('abort', close)
    resume?.('closed')
  }
  closing.addEventListener('abort', close)
  return {
    close,
    isClosed: () => closed,
    signal: () => {
      pending = true
      resume?.('signal')
    },
    wait: async (timeoutMs) => {
      if (closed) return 'closed'
      if (!pending) {
        const why = await new Promise<'signal' | 'timeout' | 'closed'>((resolve) => {
          const timer = setTimeout(() => resolve('timeout'), timeoutMs)
          resume = (reason) => {
            clearTimeout(timer)
            resolve(reason)
          }
        })
        resume = undefined
        if (why !== 'signal') return why
      }
      pending = false
      return 'signal'
    },
  }
}
