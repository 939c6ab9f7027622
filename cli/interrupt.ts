import { constants } from 'node:os'

type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGUSR1'

/** How signals terminate this process. */
export interface Interrupt {
  /** Aborted by the first Ctrl-C, SIGTERM, SIGHUP or SIGUSR1: clean up and exit. */
  readonly signal: AbortSignal
  /** 130, 143, 129 or 138 after such a signal. */
  exitCode(): number | undefined
  /** Stops handling signals, for example if a container in the foreground receives them. */
  release(): void
}

const ENOUGH_SIGNALS = 3

/** For the owner of the process. */
export interface SignalWatch extends Interrupt {
  /** Requests a clean exit, as a signal does. */
  stop(exitCode: number): void
}

/** As in docker, the first signal requests a clean exit, the second has no effect, the third exits immediately. */
export function watchSignals(endNow: (exitCode: number, message: string) => void): SignalWatch {
  const controller = new AbortController()
  let exitCode: number | undefined
  let count = 0
  const onSignal = (name: NodeJS.Signals) => {
    const code = 128 + constants.signals[name]
    count += 1
    if (count === ENOUGH_SIGNALS) endNow(code, `got ${ENOUGH_SIGNALS} SIGTERM/SIGINTs, forcefully exiting\n`)
    stop(code, name)
  }
  const stop = (code: number, reason = 'the end of its output') => {
    exitCode ??= code
    controller.abort(new InterruptedError(reason))
  }
  // SECURITY: without a listener, node responds to SIGUSR1 with a debugger on a port of the host, open to all users and
  // to steps in the host's network (test/attack/processes/debugger-port.test.ts).
  const names: readonly StopSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1']
  for (const name of names) process.on(name, onSignal)
  return {
    signal: controller.signal,
    exitCode: () => exitCode,
    stop,
    release: () => {
      for (const name of names) process.off(name, onSignal)
    },
  }
}

/** The reason of the abort signal. */
class InterruptedError extends Error {
  override readonly name = 'AbortError'
  readonly code = 'CLI_INTERRUPTED'
  constructor(reason: string) {
    super(`Interrupted by ${reason}`)
  }
}
