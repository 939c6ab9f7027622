/**
 * Deduplicates concurrent work: callers during its run get the same result. A caller's abort releases only that caller;
 * the work itself is aborted once no caller waits for it.
 */
export interface SharedWork<T> {
  run(key: string, work: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T>
}

export function createSharedWork<T>(): SharedWork<T> {
  const running = new Map<string, Running<T>>()
  return {
    run: (key, work, signal) => {
      if (signal?.aborted) return Promise.reject(signal.reason)
      const shared = running.get(key) ?? start(running, key, work)
      return joined(shared, signal)
    },
  }
}

interface Running<T> {
  readonly result: Promise<T>
  readonly abort: AbortController
  /** Later callers start anew. */
  readonly forget: () => void
  waiting: number
}

function start<T>(
  running: Map<string, Running<T>>,
  key: string,
  work: (signal: AbortSignal) => Promise<T>,
): Running<T> {
  const abort = new AbortController()
  const result = work(abort.signal)
  const forget = () => {
    if (running.get(key) === shared) running.delete(key)
  }
  const shared: Running<T> = { result, abort, forget, waiting: 0 }
  running.set(key, shared)
  result.then(forget, forget)
  return shared
}

function joined<T>(shared: Running<T>, signal: AbortSignal | undefined): Promise<T> {
  shared.waiting += 1
  if (signal === undefined) return shared.result
  return new Promise<T>((resolve, reject) => {
    const leave = () => {
      shared.waiting -= 1
      if (shared.waiting === 0) {
        shared.forget()
        shared.abort.abort(signal.reason)
        // Reject only once the work has ended, so that nothing keeps running unnoticed.
        shared.result.then(
          () => reject(signal.reason),
          () => reject(signal.reason),
        )
      } else reject(signal.reason)
    }
    signal.addEventListener('abort', leave, { once: true })
    shared.result.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave))
  })
}
