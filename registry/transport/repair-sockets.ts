import type { buildConnector } from 'undici'
import { announceLate } from './late-end.ts'
import { repairHeads } from './repair-heads.ts'

/** For responses at which undici itself closes the connection or the whole program. */
export function repairSockets(connect: buildConnector.connector): buildConnector.connector {
  return (options, callback) =>
    connect(options, (...result) => {
      const socket = result[1]
      if (result[0] === null && socket !== null) {
        repairHeads(socket)
        announceLate(socket)
      }
      callback(...result)
    })
}
