/** What docker's sig-proxy passes on; signals of the terminal's own business (window, child, stop) stay here. */
const PROXIED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGALRM', 'SIGCONT'] as const

/** Of these, what ends this process when the container has ended before. */
const ENDING: readonly string[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']

/** Passes this process's signals to `send`, until that returns false or the returned function is called. */
export function proxySignals(send: (name: string) => boolean): () => void {
  const stop = () => {
    for (const name of PROXIED) process.off(name, passOn)
  }
  const passOn = (name: NodeJS.Signals) => {
    if (send(name) || !ENDING.includes(name)) return
    stop()
    process.kill(process.pid, name)
  }
  for (const name of PROXIED) process.on(name, passOn)
  return stop
}
