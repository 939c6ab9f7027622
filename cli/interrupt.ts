import { constants } from 'node:os'

type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP'

/** What the signals of this process asked for. */
export interface Interrupt {
  /** Aborted by the first Ctrl-C, SIGTERM or SIGHUP: clean up and end. */
  readonly signal: AbortSignal
  /** 130, 143 or 129 once it was asked to end. */
  exitCode(): number | undefined
  /** From now on signals are somebody else's business, such as a container's in the foreground. */
  release(): void
}

const ENOUGH_SIGNALS = 3

/** The first signal asks for a clean end, which a second one does not disturb; the third ends at once, as docker does. */
export function watchSignals(): Interrupt {
  const controller = new AbortController()
  let exitCode: number | undefined
  let count = 0
  const onSignal = (name: NodeJS.Signals) => {
    const code = 128 + constants.signals[name]
    count += 1
    if (count === ENOUGH_SIGNALS) {
      process.stderr.write(`got ${ENOUGH_SIGNALS} SIGTERM/SIGINTs, forcefully exiting\n`)
      process.exit(code)
    }
    exitCode ??= code
    controller.abort(new InterruptedError(name))
  }
  const names: readonly StopSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const name of names) process.on(name, onSignal)
  return {
    signal: controller.signal,
    exitCode: () => exitCode,
    release: () => {
      for (const name of names) process.off(name, onSignal)
    },
  }
}

/** The reason of the abort signal. */
class InterruptedError extends Error {
  override readonly name = 'AbortError'
  readonly code = 'CLI_INTERRUPTED'
  constructor(signal: string) {
    super(`Interrupted by ${signal}`)
  }
}
