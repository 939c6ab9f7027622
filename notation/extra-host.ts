import { isIP } from 'node:net'

/** A line of /etc/hosts: a name and its address, where `host-gateway` means the host's. */
export type ExtraHost = readonly [name: string, address: string]

/**
 * Parses `name:address` or `name=address`, with optional brackets around IPv6. Undefined for anything else. SPEC:
 * docker run --add-host
 */
export function parseExtraHost(text: string): ExtraHost | undefined {
  const [, name, given = ''] = /^([^:=\s]+)[:=](\S+)$/.exec(text) ?? []
  const address = given.replace(/^\[(.*)\]$/, '$1')
  return name !== undefined && (isIP(address) !== 0 || address === 'host-gateway') ? [name, address] : undefined
}
