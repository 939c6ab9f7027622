import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createHttpClient, type HttpClient } from '../../../registry/transport/http-client.ts'
import { createWire, type Wire } from '../../../registry/transport/wire.ts'

/** More than the buffer of the reader, and little enough to arrive at once. */
const SIZE_BYTES = 70_000
let head = ''
const server = createServer((socket) => {
  socket.on('error', () => {})
  socket.once('data', () => socket.write(head) && socket.end(Buffer.alloc(SIZE_BYTES, 'a')))
})
let wire: Wire
let client: HttpClient

beforeAll(async () => {
  wire = createWire({ userAgent: 'test', env: {}, isInsecure: () => false, certificateFolders: [] })
  client = createHttpClient({})
  await once(server.listen(0, '127.0.0.1'), 'listening')
})
afterAll(async () => {
  await wire.close()
  await client.close()
  server.close()
})

const address = () => new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)

async function get() {
  const url = address()
  return wire.send({ method: 'GET', url, registry: { host: url.host, origin: url.origin } })
}

test.each([
  'HTTP/1.0 200 OK\r\n\r\n',
  `HTTP/1.0 200 OK\r\nContent-Length: ${SIZE_BYTES}\r\n\r\n`,
  `HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: ${SIZE_BYTES}\r\n\r\n`,
])('a body that ends with its connection is whole for a slow reader: %j', async (answer) => {
  head = answer
  const { signal } = new AbortController()
  for (const open of [get, () => client.send(address(), undefined, { method: 'GET', headers: {}, signal })]) {
    const { body } = await open()
    await setTimeout(100) // until the connection has ended
    let bytes = 0
    for await (const chunk of body) bytes += chunk.length
    expect(bytes).toBe(SIZE_BYTES)
  }
})

test('headers that are too long are reported as an error of the registry', async () => {
  head = `HTTP/1.1 200 OK\r\n${'x-more: x\r\n'.repeat(5000)}\r\n`
  await expect(get()).rejects.toMatchObject({
    code: 'REGISTRY_BAD_RESPONSE',
    message: expect.stringMatching(/headers of more than \d+ bytes$/),
  })
})

test('a response that is not HTTP is reported as an error of the registry', async () => {
  head = 'SSH-2.0-server\r\n'
  await expect(get()).rejects.toMatchObject({
    code: 'REGISTRY_BAD_RESPONSE',
    message: expect.stringMatching(/not HTTP$/),
  })
})
