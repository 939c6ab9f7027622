import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { basename, dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type AgentProxy, openAgentProxy } from '../../../../../builder/run/runners/command/agent-proxy.ts'
import { type SshAgent, startSshAgent } from '../../../../support/ssh-agent.ts'
import { temporaryDirectory } from '../../../../support/temporary-directory.ts'

const LIST = Buffer.from([0, 0, 0, 1, 11])
const REMOVE_ALL = Buffer.from([0, 0, 0, 1, 19])
const EXTENSION = Buffer.from([0, 0, 0, 6, 27, 0, 0, 0, 1, 0x78])
const FAILURE = Buffer.from([0, 0, 0, 1, 5])
let room = ''
let agent: SshAgent
let proxy: AgentProxy

beforeAll(async () => {
  room = temporaryDirectory('agent')
  agent = startSshAgent(room)
  const directory = join(room, 'a'.repeat(120), 'step') // longer than the limit for socket paths
  mkdirSync(directory, { recursive: true })
  proxy = await openAgentProxy(directory, agent.socket)
})

afterAll(async () => {
  await proxy.close()
  expect(readdirSync(dirname(proxy.socket))).toEqual([])
})

/** The response of the proxy to the bytes, until it closes the connection. */
async function exchange(...pieces: readonly Buffer[]): Promise<Buffer> {
  const directory = openSync(dirname(proxy.socket), 'r')
  const client = connect(`/proc/self/fd/${directory}/${basename(proxy.socket)}`)
  await once(client, 'connect')
  closeSync(directory)
  for (const piece of pieces) client.write(piece)
  client.end()
  const chunks: Buffer[] = []
  for await (const chunk of client) chunks.push(chunk)
  return Buffer.concat(chunks)
}

test('openAgentProxy() lists the keys of the agent, even if the request arrives in pieces', async () => {
  const key = Buffer.from(agent.keys().split(' ')[1] ?? '', 'base64')
  const answer = await exchange(LIST.subarray(0, 2), LIST.subarray(2))
  expect(answer[4]).toBe(12)
  expect(answer.includes(key)).toBe(true)
})

test('openAgentProxy() refuses requests that change the agent, and keeps serving', async () => {
  const answer = await exchange(Buffer.concat([REMOVE_ALL, EXTENSION, LIST]))
  expect(answer.subarray(0, 10)).toEqual(Buffer.concat([FAILURE, FAILURE]))
  expect(answer[14]).toBe(12)
  expect(agent.keys()).toContain('key of the test')
})

test.each([
  ['no length', Buffer.from([0, 0, 0, 0])],
  ['a length beyond all messages', Buffer.from([0xff, 0xff, 0xff, 0xff, 11])],
  ['an end in its middle', LIST.subarray(0, 3)],
])('openAgentProxy() ends a connection whose message has %s', async (_, bytes) => {
  expect((await exchange(bytes).catch(() => Buffer.alloc(0))).length).toBe(0)
  expect((await exchange(LIST))[4]).toBe(12)
})
