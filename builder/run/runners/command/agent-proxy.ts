import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { agentMessages, FAILURE, isReading } from './agent-messages.ts'

/** Connections per step; each opens one to the agent as well. */
const MAX_CONNECTIONS = 64
const NAME = 'agent'

export interface AgentProxy {
  readonly socket: string
  close(): Promise<void>
}

/**
 * A socket in the directory that lets steps list the keys of the caller's agent and sign with them.
 *
 * SECURITY: the agent's own socket is not exposed: a step could change its mode, add keys, delete all keys or lock the
 * agent (test/attack/processes/ssh-agent.test.ts). SPEC: BuildKit's agentprovider refuses the same.
 */
export async function openAgentProxy(directory: string, agent: string): Promise<AgentProxy> {
  const handle = await open(directory)
  const clients = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (client) => {
    clients.add(client)
    client.on('close', () => clients.delete(client))
    void serve(client, agent)
  })
  server.maxConnections = MAX_CONNECTIONS
  const close = async () => {
    for (const client of clients) client.destroy()
    await closed(server)
    await handle.close()
  }
  try {
    // Socket paths are limited to 107 bytes, which the store's path may exceed.
    await once(server.listen(`/proc/self/fd/${handle.fd}/${NAME}`), 'listening')
  } catch (error) {
    await handle.close()
    throw error
  }
  return { socket: join(directory, NAME), close }
}

/** Forwards one message at a time, as agents answer them, and no faster than the step reads. */
async function serve(client: Socket, agentSocket: string): Promise<void> {
  const agent = connect(agentSocket)
  agent.on('error', () => client.destroy())
  client.on('close', () => agent.destroy())
  // An invalid or truncated message ends the connection.
  await pipeline(answers(client, agent), client).catch(() => client.destroy())
  agent.destroy()
}

async function* answers(client: Socket, agent: Socket): AsyncGenerator<Buffer> {
  const answered = agentMessages(agent)
  for await (const message of agentMessages(client.iterator({ destroyOnReturn: false }))) {
    yield isReading(message) ? await answerTo(message, agent, answered) : FAILURE
  }
}

async function answerTo(message: Buffer, agent: Socket, answered: AsyncGenerator<Buffer>): Promise<Buffer> {
  agent.write(message)
  const { value, done } = await answered.next()
  if (done === true) throw new Error('the agent closed the connection')
  return value
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()))
}
