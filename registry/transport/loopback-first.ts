import type { buildConnector } from 'undici'
import { hasCode } from '../../errors/index.ts'

/**
 * `localhost` is this machine, whatever /etc/hosts contains: over plain HTTP, 127.0.0.1 is tried without a lookup, for
 * which node would load its resolver and start its threads; if nothing listens there, the name is looked up,
 * and finally ::1 is tried.
 */
export function loopbackFirst(connect: buildConnector.connector): buildConnector.connector {
  return (options, done) => {
    if (options.hostname !== 'localhost') return connect(options, done)
    const connectTo = (name: string, rest: readonly string[], first?: Error): void => {
      connect({ ...options, hostname: name }, (...[failure, socket]) => {
        const [next, ...afterwards] = rest
        if (failure === null) done(null, socket)
        else if (!isNotThere(failure)) done(failure, null)
        else if (next === undefined) done(first ?? failure, null)
        else connectTo(next, afterwards, first ?? failure)
      })
    }
    if (options.protocol === 'http:') connectTo('127.0.0.1', ['localhost', '::1'])
    else connectTo('localhost', ['::1'])
  }
}

/** Several addresses of a name fail together. */
function isNotThere(failure: Error): boolean {
  const failures = failure instanceof AggregateError ? failure.errors : [failure]
  return failures.some((one) => ['ECONNREFUSED', 'EADDRNOTAVAIL', 'ENOTFOUND'].some((code) => hasCode(one, code)))
}
