import { lookup as systemLookup } from 'node:dns'
import { BlockList, isIP, Socket } from 'node:net'

/**
 * SECURITY: a Dockerfile names addresses that this process fetches (FROM, ADD). None of them may be a service of this
 * machine or the metadata service of a cloud, whatever name leads there.
 * → test/attack/server-addresses.test.ts
 */
export function guardAddresses(allowedHosts: readonly string[]): void {
  const connect = Socket.prototype.connect
  const guarded = function (this: Socket, ...words: unknown[]): Socket {
    const options = optionsOf(words)
    if (options === undefined || options.path != null) return Reflect.apply(connect, this, words)
    const { host = 'localhost', port } = options
    if (allowedHosts.includes(`${host}:${port}`) || allowedHosts.includes(host)) {
      return Reflect.apply(connect, this, words)
    }
    if (isIP(host) && isForbidden(host)) {
      process.nextTick(() => this.destroy(refusal(host)))
      return this
    }
    options.lookup = guardedLookup(options.lookup ?? systemLookup)
    return Reflect.apply(connect, this, words)
  }
  Socket.prototype.connect = guarded as typeof connect
}

interface ConnectOptions {
  host?: string
  port?: number
  path?: string | null
  lookup?: typeof systemLookup
}

/** Node's own callers give an array that was normalised already: `[[options, callback]]`. */
function optionsOf(words: readonly unknown[]): ConnectOptions | undefined {
  const first = Array.isArray(words[0]) ? words[0][0] : words[0]
  return typeof first === 'object' && first !== null ? (first as ConnectOptions) : undefined
}

type Found = string | readonly { readonly address: string }[]

function guardedLookup(lookup: typeof systemLookup): typeof systemLookup {
  const guarded = (name: string, options: object, done: (...answer: unknown[]) => void): void => {
    lookup(name, options, (error: Error | null, found: Found, ...rest: unknown[]) => {
      const addresses = typeof found === 'string' ? [found] : (found ?? []).map(({ address }) => address)
      const bad = addresses.find(isForbidden)
      if (error === null && bad !== undefined) done(refusal(`${name} (${bad})`))
      else done(error, found, ...rest)
    })
  }
  return guarded as typeof systemLookup
}

const forbidden = new BlockList()
forbidden.addSubnet('127.0.0.0', 8)
forbidden.addSubnet('0.0.0.0', 8)
forbidden.addSubnet('169.254.0.0', 16) // link-local: metadata of most clouds
forbidden.addAddress('100.100.100.200') // metadata of Alibaba Cloud
forbidden.addAddress('192.0.0.192') // metadata of Oracle Cloud
forbidden.addAddress('::1', 'ipv6')
forbidden.addAddress('::', 'ipv6')
forbidden.addSubnet('fe80::', 10, 'ipv6')
forbidden.addAddress('fd00:ec2::254', 'ipv6') // metadata of AWS

function isForbidden(address: string): boolean {
  return forbidden.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

function refusal(host: string): Error {
  const error = new Error(`Cannot connect to "${host}": builds may not reach this machine or its metadata service`)
  return Object.assign(error, { code: 'EACCES' })
}
