import { createServer, type Server, Socket } from 'node:net'
import { buildConnector } from 'undici'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loopbackFirst } from '../../../registry/transport/loopback-first.ts'

let server: Server
let port: string
let asked: string[]

beforeEach(async () => {
  server = createServer((socket) => socket.end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  port = typeof address === 'object' && address !== null ? String(address.port) : ''
  asked = []
})

afterEach(() => {
  server.close()
})

test('localhost is contacted without a lookup', async () => {
  await connect('localhost', 'http:')
  expect(asked).toEqual(['127.0.0.1'])
})

test('localhost is looked up if nothing listens on its address', async () => {
  server.close()
  await expect(connect('localhost', 'http:')).rejects.toThrow()
  expect(asked).toEqual(['127.0.0.1', 'localhost', '::1'])
})

test.each(['http:', 'https:'])('localhost is also the IPv6 address, with %s', async (protocol) => {
  server.close()
  server = createServer((socket) => socket.end())
  await new Promise<void>((resolve) => server.listen(Number(port), '::1', resolve))
  const failure = await connect('localhost', protocol).catch((error: unknown) => error)
  if (protocol === 'http:') expect(failure).toBeUndefined()
  else expect(failure).not.toMatchObject({ code: 'ECONNREFUSED' }) // no TLS there
})

test('other names, and certificates for localhost, are not affected', async () => {
  await connect('127.0.0.1', 'http:')
  await connect('localhost', 'https:').catch(() => {}) // no TLS there
  expect(asked).toEqual(['127.0.0.1', 'localhost'])
})

async function connect(hostname: string, protocol: string): Promise<void> {
  const plain = buildConnector({ timeout: 5000 })
  const connect = loopbackFirst((place, done) => {
    asked.push(place.hostname)
    plain(place, done)
  })
  const socket = await new Promise<Socket>((resolve, reject) => {
    connect({ hostname, protocol, port }, (...result) => {
      if (result[0] === null && result[1] instanceof Socket) resolve(result[1])
      else reject(result[0])
    })
  })
  socket.destroy()
}
