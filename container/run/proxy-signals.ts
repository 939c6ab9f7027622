/** What docker's sig-proxy passes on; signals of the terminal's own business (window, child, stop) stay here. */
const PROXIED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGALRM', 'SIGCONT'] as const

/** Signals that this process gets go to `send`; the returned function ends that. */
export function proxySignals(send: (name: string) => void): () => void {
  const passOn = (name: NodeJS.Signals) => send(name)
  for (const name of PROXIED) process.on(name, passOn)
  return () => {
    for (const name of PROXIED) process.off(name, passOn)
  }
}
