import { constants } from 'node:os'

/** What docker's sig-proxy passes on; signals of the terminal's own business (window, child, stop) stay here. */
const PROXIED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGALRM', 'SIGCONT'] as const

/** The third of these leaves the container to itself, as with docker: it may ignore them all. */
const INSISTING: readonly string[] = ['SIGINT', 'SIGTERM']
const ENOUGH_SIGNALS = 3

/** Of these, what ends this process when the container has ended before. */
const ENDING: readonly string[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']

/** Passes this process's signals to `send`, until that returns false or the returned function is called. */
export function proxySignals(send: (name: string) => boolean): () => void {
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
    if (send(name) || !ENDING.includes(name)) return
    stop()
    process.kill(process.pid, name)
  }
  for (const name of PROXIED) process.on(name, passOn)
  return stop
}
