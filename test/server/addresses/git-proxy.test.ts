import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type GitProxy, openGitProxy } from '../../../server/addresses/index.ts'

let proxy: GitProxy

beforeAll(async () => {
  proxy = await openGitProxy([])
})
afterAll(() => proxy?.close())

function ask(target: string): Socket {
  const { hostname, port } = new URL(proxy.url)
  const socket = connect(Number(port), hostname)
  socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`)
  return socket
}

test('a client that resets its connection during the host lookup does not crash the process', async () => {
  const failures: unknown[] = []
  const note = (error: unknown): unknown => failures.push(error)
  process.on('uncaughtException', note)
  for (let count = 0; count < 20; count += 1) {
    const client = ask('no-such-name.invalid:443')
    await once(client, 'connect')
    await new Promise((resolve) => setImmediate(resolve))
    client.resetAndDestroy()
  }
  const [answer] = (await once(ask('127.0.0.1:443'), 'data')) as [Buffer]
  process.off('uncaughtException', note)
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 451 AddressRefused/)
  expect(failures).toEqual([])
})

test('a tunnel leads to the port that the client names, also to that of http', async () => {
  const allowing = await openGitProxy(['127.0.0.1:80'])
  const { hostname, port } = new URL(allowing.url)
  const client = connect(Number(port), hostname)
  client.write('CONNECT 127.0.0.1:80 HTTP/1.1\r\nHost: 127.0.0.1:80\r\n\r\n')
  const [answer] = (await once(client, 'data')) as [Buffer]
  client.destroy()
  allowing.close()
  expect(answer.toString()).not.toContain('451') // would be the answer for the port 443
})
