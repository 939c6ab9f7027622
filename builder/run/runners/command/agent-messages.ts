/** SPEC: draft-ietf-sshm-ssh-agent: a four-byte length, a type byte, the rest. */
const LENGTH_BYTES = 4
/** SECURITY: the limit of OpenSSH's agent; a step must not choose how much memory is used. */
const MAX_MESSAGE_BYTES = 256 * 1024
const REQUEST_IDENTITIES = 11
const SIGN_REQUEST = 13

/** SSH_AGENT_FAILURE. */
export const FAILURE = Buffer.from([0, 0, 0, 1, 5])

/** Whether the request changes nothing in the agent. */
export function isReading(message: Buffer): boolean {
  const type = message[LENGTH_BYTES]
  return type === REQUEST_IDENTITIES || type === SIGN_REQUEST
}

/** Splits a stream into whole messages with their lengths. Throws on a message that is too long or truncated. */
export async function* agentMessages(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  let pending = Buffer.alloc(0)
  for await (const chunk of bytes) {
    pending = Buffer.concat([pending, chunk])
    for (let end = endOfFirst(pending); end !== undefined && end <= pending.length; end = endOfFirst(pending)) {
      yield pending.subarray(0, end)
      pending = pending.subarray(end)
    }
  }
  if (pending.length > 0) throw new Error('an agent message is cut short')
}

function endOfFirst(pending: Buffer): number | undefined {
  if (pending.length < LENGTH_BYTES) return undefined
  const length = pending.readUInt32BE()
  if (length === 0 || length > MAX_MESSAGE_BYTES) throw new Error('an agent message has a wrong length')
  return LENGTH_BYTES + length
}
