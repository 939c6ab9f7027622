const PORTS: Readonly<Record<string, string>> = { 'https:': '443', 'http:': '80', 'ssh:': '22' }

/**
 * Where the server of the repository may serve submodules and LFS files, although it may be this machine: at the
 * address of the repository and at the ports of git's protocols. SECURITY: not at others, such as that of a database.
 */
export function ownAddresses(url: string): readonly string[] {
  const own = URL.canParse(url) ? new URL(url) : undefined
  const host = own?.hostname ?? /@(.+?):/.exec(url)?.[1] // of `user@host:path`
  if (host === undefined || host === '') return []
  const ports = [own?.port || PORTS[own?.protocol ?? 'ssh:'], ...Object.values(PORTS)]
  return [...new Set(ports)].map((port) => `${host.toLowerCase()}:${port}`)
}
