import { lookup as systemLookup } from 'node:dns'
import { Socket } from 'node:net'
import { AddressRefused, guardedLookup, isForbidden } from '../addresses/index.ts'

/**
 * SECURITY: a Dockerfile names addresses that this process fetches (FROM, ADD). None of them may be a service of this
 * machine or the metadata service of a cloud, whatever name leads there.
 * → test/attack/server/server-build-isolation.test.ts
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
    if (isForbidden(host)) {
      process.nextTick(() => this.destroy(new AddressRefused(host)))
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

/** Node's own callers pass an array that is already normalized: `[[options, callback]]`. */
function optionsOf(words: readonly unknown[]): ConnectOptions | undefined {
  const first = Array.isArray(words[0]) ? words[0][0] : words[0]
  return typeof first === 'object' && first !== null ? (first as ConnectOptions) : undefined
}
