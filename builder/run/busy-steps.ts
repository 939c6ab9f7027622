/** Work of one step may pause this long and still be shown as one stretch. */
const PAUSE_MS = 200

/** Steps that work in several stretches, such as a base image that is pulled, then unpacked. */
export interface BusySteps {
  /** The solver started the step. */
  started(step: string): void
  /** The solver ended the step: true where it is busy still, and reported as done later. */
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
  const running = new Set<string>()
  const stretches = new Map<string, Stretch>()

  function begin(step: string): Stretch {
    const stretch = stretches.get(step) ?? { open: 0, ending: undefined }
    stretches.set(step, stretch)
    clearTimeout(stretch.ending?.timer)
    stretch.ending = undefined
    stretch.open += 1
    if (!running.has(step)) events.started(step)
    running.add(step)
    return stretch
  }

  function end(step: string, stretch: Stretch): void {
    stretch.open -= 1
    if (stretch.open > 0) return
    const atMs = Date.now()
    stretch.ending = { timer: setTimeout(() => finish(step, atMs), PAUSE_MS), atMs }
  }

  function finish(step: string, atMs: number): void {
    stretches.delete(step)
    running.delete(step)
    events.done(step, atMs)
  }

  return {
    started: (step) => void running.add(step),
    isBusy: (step) => {
      if (stretches.has(step)) return true
      running.delete(step)
      return false
    },
    run: async (step, work) => {
      const stretch = begin(step)
      try {
        const result = await work()
        end(step, stretch)
        return result
      } catch (error) {
        clearTimeout(stretch.ending?.timer)
        stretches.delete(step)
        running.delete(step)
        throw error
      }
    },
    settle: () => {
      for (const [step, { ending }] of [...stretches]) {
        clearTimeout(ending?.timer)
        if (ending !== undefined) finish(step, ending.atMs)
      }
    },
  }
}
