/**
 * Runs equal work once, whoever asks, within this process: later callers wait for the first one's result. The work is
 * aborted only when every caller has gone.
 */
export class SharedWork<Result> {
  readonly #running = new Map<string, Running<Result>>()

  async run(key: string, work: (signal: AbortSignal) => Promise<Result>, signal: AbortSignal): Promise<Result> {
    signal.throwIfAborted()
    const running = this.#running.get(key) ?? this.#start(key, work)
    running.waiting += 1
    const onAbort = () => {
      running.waiting -= 1
      if (running.waiting > 0) return
      this.#forget(key, running) // a newcomer must not join work that is being torn down
      running.controller.abort(signal.reason)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      return await running.result
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  #start(key: string, work: (signal: AbortSignal) => Promise<Result>): Running<Result> {
    const controller = new AbortController()
    const running: Running<Result> = { controller, waiting: 0, result: work(controller.signal) }
    this.#running.set(key, running)
    const forget = () => this.#forget(key, running)
    running.result.then(forget, forget)
    return running
  }

  #forget(key: string, running: Running<Result>): void {
    if (this.#running.get(key) === running) this.#running.delete(key)
  }
}

interface Running<Result> {
  readonly controller: AbortController
  readonly result: Promise<Result>
  waiting: number
}
