/** Docker's name: `bridge` for the private network, none for that of another container. */
export function shownNetwork(network: string): string {
  if (network.startsWith('container:')) return ''
  return network === 'private' || network === 'default' ? 'bridge' : network
}
