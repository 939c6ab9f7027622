import { lookup as systemLookup } from 'node:dns'
import { BlockList, isIP } from 'node:net'
import { networkInterfaces } from 'node:os'

type Lookup = typeof systemLookup
type Found = string | readonly { readonly address: string }[]

/** Resolves names; fails for those that resolve to this machine or a cloud's metadata service. */
export function guardedLookup(lookup: Lookup = systemLookup): Lookup {
  const guarded = (name: string, options: object, done: (...answer: unknown[]) => void): void => {
    lookup(name, options, (error: Error | null, found: Found, ...rest: unknown[]) => {
      const addresses = typeof found === 'string' ? [found] : (found ?? []).map(({ address }) => address)
      const bad = addresses.find(isForbidden)
      if (error === null && bad !== undefined) done(new AddressRefused(`${name} (${bad})`))
      else done(error, found, ...rest)
    })
  }
  return guarded as Lookup
}

export class AddressRefused extends Error {
  override readonly name = 'AddressRefused'
  readonly code = 'EACCES'
  constructor(host: string) {
    super(`Cannot connect to "${host}": builds may not reach this machine or its metadata service`)
  }
}

/** Lookups check names only; literal addresses must be checked separately. */
export function isForbidden(address: string): boolean {
  const family = isIP(address)
  return family !== 0 && forbidden().check(address, family === 6 ? 'ipv6' : 'ipv4')
}

/** Metadata services of clouds, which serve credentials to any client. SPEC: their documentation. */
const METADATA = [
  '169.254.169.254', // most
  '169.254.170.2', // AWS ECS
  '169.254.170.23', // AWS EKS
  'fd00:ec2::254', // AWS
  'fd00:ec2::23', // AWS EKS
  'fd20:ce::254', // Google
  '100.100.100.200', // Alibaba
  '168.63.129.16', // Azure
  '192.0.0.192', // Oracle
  'fd00:c1::a9fe:a9fe', // Oracle
  '169.254.42.42', // Scaleway
  'fd00:42::42', // Scaleway
  '169.254.0.23', // Tencent
  'fd00:a9fe:a9fe::1', // Akamai
]

/**
 * Addresses to hide from RUN steps; loopback and link-local addresses are separate in each network namespace anyway.
 */
export function hiddenAddresses(): readonly string[] {
  return [...new Set([...METADATA, ...ownAddresses()])].filter((address) => !/^(127\.|::1$|fe80:)/.test(address))
}

function ownAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((one = []) => one.map(({ address }) => address.replace(/%.*$/, '')))
}

let known: { readonly own: string; readonly list: BlockList } | undefined

/** This machine may get further addresses while a server runs. */
function forbidden(): BlockList {
  const own = ownAddresses()
  if (known?.own !== own.join()) known = { own: own.join(), list: forbiddenList(own) }
  return known.list
}

function forbiddenList(own: readonly string[]): BlockList {
  const list = new BlockList()
  addIpv4(list, '127.0.0.0', 8)
  addIpv4(list, '0.0.0.0', 8)
  addIpv4(list, '169.254.0.0', 16) // link-local
  list.addAddress('::1', 'ipv6')
  list.addAddress('::', 'ipv6')
  list.addSubnet('fe80::', 10, 'ipv6')
  for (const address of [...METADATA, ...own]) {
    if (isIP(address) === 6) list.addAddress(address, 'ipv6')
    else addIpv4(list, address)
  }
  return list
}

/** Also in its NAT64 form. SPEC: RFC 6052, 64:ff9b::/96. */
function addIpv4(addresses: BlockList, address: string, prefix = 32): void {
  addresses.addSubnet(address, prefix)
  addresses.addSubnet(`64:ff9b::${address}`, 96 + prefix, 'ipv6')
}
