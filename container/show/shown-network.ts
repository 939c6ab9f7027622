/** As docker names it: `bridge` for the private one, nothing for that of another container. */
export function shownNetwork(network: string): string {
  if (network.startsWith('container:')) return ''
  return network === 'private' || network === 'default' ? 'bridge' : network
}
