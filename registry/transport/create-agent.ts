import { Agent, type buildConnector } from 'undici'
import { MAX_HEADER_BYTES } from './network-failure.ts'
import { repairSockets } from './repair-sockets.ts'

export function createAgent(
  connect: buildConnector.connector,
  timeouts: Pick<Agent.Options, 'headersTimeout' | 'bodyTimeout'> = {},
): Agent {
  return new Agent({ ...timeouts, maxHeaderSize: MAX_HEADER_BYTES, connect: repairSockets(connect) })
}
