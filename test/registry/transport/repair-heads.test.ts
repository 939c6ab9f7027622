import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readCapped } from '../../../registry/transport/exchange.ts'
import { createWire, type Wire } from '../../../registry/transport/wire.ts'

/** The body begins as an interim response does. */
const BODY = 'HTTP/1.1 100 Continue\r\n\r\n'
const RESPONSE = `HTTP/1.1 200 OK\r\nContent-Length: ${BODY.length}\r\n\r\n`
let pieces: readonly string[] = []
const server = createServer((socket) => {
  socket.on('error', () => {})
  socket.on('data', async () => {
    for (const piece of pieces) {
      socket.write(piece)
      await setTimeout(20)
    }
  })
})
let wire: Wire

beforeAll(async () => {
  wire = createWire({ userAgent: 'test', env: {}, isInsecure: () => false, certificateFolders: [] })
  await once(server.listen(0, '127.0.0.1'), 'listening')
})
afterAll(async () => {
  await wire.close()
  server.close()
})

test.each([
  [[`HTTP/1.1 100 Continue\r\n\r\n${RESPONSE}${BODY}`]],
  [[`HTTP/1.1 100\r\n\r\nHTTP/1.1 100 Continue\r\nx-proxy: a\r\n\r\n${RESPONSE}`, BODY]],
  [['HTTP/1.1 10', '0 Continue\r\n', `\r\n${RESPONSE.slice(0, 5)}`, RESPONSE.slice(5), BODY]],
  [['HTTP/1.1 102 Processing\r\n\r\n', RESPONSE, BODY]],
  [['HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n', RESPONSE, BODY]],
])('interim responses before a response are ignored: %j', answeredWith)

const CHUNKED = `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`
const BOTH = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n'
test.each([
  [[`${BOTH}${CHUNKED}`]],
  [[BOTH.replace('5', String(BODY.length)), CHUNKED]],
  [[BOTH.slice(0, 25), BOTH.slice(25, 60), BOTH.slice(60), CHUNKED]],
  [[`HTTP/1.1 100 Continue\r\n\r\n${BOTH}`, CHUNKED]],
  [
    [
      `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nx-long: ${'a'.repeat(9000)}\r\ncontent-length: 0\r\n\r\n${CHUNKED}`,
    ],
  ],
])('Transfer-Encoding takes precedence over Content-Length: %j', answeredWith)

async function answeredWith(answer: readonly string[]): Promise<void> {
  pieces = answer
  for (const wantsConnection of [false, false, true]) {
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    const registry = { host: url.host, origin: url.origin }
    const response = await wire.send({ method: 'GET', url, registry, ...(wantsConnection && { wantsConnection }) })
    expect(response.status).toBe(200)
    expect((await readCapped(response, 1000)).bytes.toString()).toBe(BODY)
  }
}
