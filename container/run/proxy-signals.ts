import { constants } from 'node:os'

/** Signals that docker's sig-proxy forwards; those about this process itself (window, child, stop) are not. */
const PROXIED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGALRM', 'SIGCONT'] as const

/** On the third of these, the CLI leaves the container running, as docker does: it may ignore them all. */
const INSISTING: readonly string[] = ['SIGINT', 'SIGTERM']
const ENOUGH_SIGNALS = 3

/** Of these, the ones that end this process if the container has exited. */
const ENDING: readonly string[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']

/**
 * Passes this process's signals to `send`, until that returns false or the returned function is called. A command on a
 * terminal of its own is not the one whose terminal is closed: it goes on, and this process ends after `hangUp`.
 */
export function proxySignals(send: (name: string) => boolean, hangUp?: () => void): () => void {
  const stop = () => {
    for (const name of PROXIED) process.off(name, passOn)
  }
  let insisted = 0
  const passOn = (name: NodeJS.Signals) => {
    if (INSISTING.includes(name)) insisted += 1
    if (insisted === ENOUGH_SIGNALS) {
      process.stderr.write(`got ${ENOUGH_SIGNALS} SIGTERM/SIGINTs, forcefully exiting\n`)
      process.exit(128 + constants.signals[name])
    }
    if (name === 'SIGHUP' && hangUp !== undefined) {
      hangUp()
      process.kill(process.pid, name)
      return
    }
    if (send(name) || !ENDING.includes(name)) return
    stop()
    process.kill(process.pid, name)
  }
  for (const name of PROXIED) process.on(name, passOn)
  return stop
}
