/** Work of a step may pause this long and still be shown as one stretch. */
const PAUSE_MS = 200

/** Steps that work in several stretches, such as a base image that is pulled, then unpacked. */
export interface BusySteps {
  /** The solver started the step. */
  started(step: string): void
  /** The solver ended the step. True if it is still busy, and will be reported as done later. */
  isBusy(step: string): boolean
  run<T>(step: string, work: () => Promise<T>): Promise<T>
  /** Reports steps that are still open as done; no more work follows. */
  settle(): void
}

export interface StretchEvents {
  started(step: string): void
  done(step: string, atMs: number): void
}

interface Stretch {
  open: number
  ending: { readonly timer: NodeJS.Timeout; readonly atMs: number } | undefined
}

export function createBusySteps(events: StretchEvents): BusySteps {
  return new Stretches(events)
}

class Stretches implements BusySteps {
  readonly #events: StretchEvents
  readonly #running = new Set<string>()
  readonly #stretches = new Map<string, Stretch>()

  constructor(events: StretchEvents) {
    this.#events = events
  }

  started(step: string): void {
    this.#running.add(step)
  }

  isBusy(step: string): boolean {
    if (this.#stretches.has(step)) return true
    this.#running.delete(step)
    return false
  }

  async run<T>(step: string, work: () => Promise<T>): Promise<T> {
    const stretch = this.#begin(step)
    try {
      const result = await work()
      this.#end(step, stretch)
      return result
    } catch (error) {
      clearTimeout(stretch.ending?.timer)
      this.#forget(step)
      throw error
    }
  }

  settle(): void {
    for (const [step, { ending }] of [...this.#stretches]) {
      clearTimeout(ending?.timer)
      if (ending !== undefined) this.#finish(step, ending.atMs)
    }
  }

  #begin(step: string): Stretch {
    const stretch = this.#stretches.get(step) ?? { open: 0, ending: undefined }
    this.#stretches.set(step, stretch)
    clearTimeout(stretch.ending?.timer)
    stretch.ending = undefined
    stretch.open += 1
    if (!this.#running.has(step)) this.#events.started(step)
    this.#running.add(step)
    return stretch
  }

  #end(step: string, stretch: Stretch): void {
    stretch.open -= 1
    if (stretch.open > 0) return
    const atMs = Date.now()
    stretch.ending = { timer: setTimeout(() => this.#finish(step, atMs), PAUSE_MS), atMs }
  }

  #finish(step: string, atMs: number): void {
    this.#forget(step)
    this.#events.done(step, atMs)
  }

  #forget(step: string): void {
    this.#stretches.delete(step)
    this.#running.delete(step)
  }
}
