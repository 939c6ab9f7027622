import { Agent, type buildConnector } from 'undici'
import { lateEnd } from './late-end.ts'
import { MAX_HEADER_BYTES } from './network-failure.ts'
import { withoutContinue } from './without-continue.ts'

/** For responses at which undici itself closes the connection or the whole program. */
export function createAgent(
  connect: buildConnector.connector,
  timeouts: Pick<Agent.Options, 'headersTimeout' | 'bodyTimeout'> = {},
): Agent {
  return new Agent({ ...timeouts, maxHeaderSize: MAX_HEADER_BYTES, connect: lateEnd(withoutContinue(connect)) })
}
