import type { buildConnector } from 'undici'

/**
 * The address of `localhost` without a lookup, for which node would load its resolver and start its threads. If nothing
 * listens on it, the name is looked up like any other.
 */
export function loopbackFirst(connect: buildConnector.connector): buildConnector.connector {
  return (options, done) => {
    if (options.hostname !== 'localhost' || options.protocol !== 'http:') return connect(options, done)
    connect({ ...options, hostname: '127.0.0.1' }, (...result) => {
      if (result[0] === null) done(...result)
      else connect(options, done)
    })
  }
}
