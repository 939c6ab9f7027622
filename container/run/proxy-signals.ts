import { constants } from 'node:os'

/** Signals that docker's sig-proxy forwards; those about this process itself (window, child, stop) are not. */
const PROXIED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGALRM', 'SIGCONT'] as const

/** On the third of these, the CLI leaves the container running, as docker does: it may ignore them all. */
const DETACHING: readonly string[] = ['SIGINT', 'SIGTERM']
const DETACH_AFTER = 3

/** Of these, the ones that end this process if the container has exited. */
const TERMINATING: readonly string[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']

/**
 * Forwards this process's signals to `send`, until that returns false or the returned function is called. SIGHUP is not
 * forwarded to a command with a private terminal, which stays open: this process exits after `hangUp`.
 */
export function proxySignals(send: (name: string) => boolean, hangUp?: () => void): () => void {
  const stop = () => {
    for (const name of PROXIED) process.off(name, forward)
  }
  let detachSignals = 0
  const forward = (name: NodeJS.Signals) => {
    if (DETACHING.includes(name)) detachSignals += 1
    if (detachSignals === DETACH_AFTER) {
      process.stderr.write(`got ${DETACH_AFTER} SIGTERM/SIGINTs, forcefully exiting\n`)
      process.exit(128 + constants.signals[name])
    }
    if (name === 'SIGHUP' && hangUp !== undefined) {
      hangUp()
      process.kill(process.pid, name)
      return
    }
    if (send(name) || !TERMINATING.includes(name)) return
    stop()
    process.kill(process.pid, name)
  }
  for (const name of PROXIED) process.on(name, forward)
  return stop
}
