import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { beforeAll, describe, expect, test } from 'vitest'
import { exchange, openConnection } from '../../server/support/open-connection.ts'
import {
  serverDirectory,
  startTestServer,
  type TestServer,
  WEBHOOK_SECRET,
} from '../../server/support/start-test-server.ts'

const directory = serverDirectory()
let server: TestServer

beforeAll(async () => {
  server = await startTestServer(directory, { TSBUILD_SERVER_WORKER_SLOTS: '0' })
  const settings = { repository: { url: 'https://git.example.com/app' } }
  await server.api.call('createProject', { body: { name: 'app', settings, webhookSecret: WEBHOOK_SECRET } })
})

const statusOf = (answer: string): string => /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? answer
const asksFor = (method: string, path: string, ...headers: string[]): string =>
  [`${method} ${path} HTTP/1.1`, 'Host: server', ...headers, '', ''].join('\r\n')
const isAlive = async (): Promise<boolean> => (await fetch(`${server.url}/readyz`)).ok
const memoryBytes = (): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]) * 1024

describe('slow clients', () => {
  test.each([
    ['its request line', 'POST /hooks/app'],
    ['headers', 'POST /hooks/app HTTP/1.1\r\nHost: server\r\nX-Slow: '],
    ['the body of a webhook', asksFor('POST', '/hooks/app', 'Content-Length: 100000')],
    ['a chunked body', `${asksFor('POST', '/hooks/app', 'Transfer-Encoding: chunked')}186A0\r\n`],
    [
      'the body of a login',
      asksFor('POST', '/api/v1/session', 'Content-Length: 1000', 'Content-Type: application/json'),
    ],
  ])('that send %s byte by byte are cut off with 408', { concurrent: true, timeout: 60_000 }, async (_, begin) => {
    const { socket, answer, closed } = openConnection(server.url)
    socket.write(begin)
    const drip = setInterval(() => socket.write('x'), 1000)
    await closed
    clearInterval(drip)
    expect(statusOf(answer())).toBe('408')
  })
})

describe('large requests', () => {
  const ONE = `10000\r\n${'x'.repeat(1 << 16)}\r\n`

  test.each([
    ['/hooks/app', 'Transfer-Encoding: chunked', '413'],
    ['/hooks/app', 'Content-Length: 99999999999', '413'],
    ['/hooks/nothing', 'Transfer-Encoding: chunked', '413'],
    ['/hooks/harbor', 'Transfer-Encoding: chunked', '401'],
    ['/api/v1/session', 'Transfer-Encoding: chunked', '413'],
    ['/api/v1/projects', 'Transfer-Encoding: chunked', '401'],
    ['/healthz', 'Transfer-Encoding: chunked', '404'],
  ])('an endless body for %s with "%s" is answered with %s... and cut off', async (path, header, status) => {
    const { socket, answer, closed } = openConnection(server.url)
    socket.write(asksFor('POST', path, header, 'Content-Type: application/json'))
    let isOver = false
    void closed.then(() => {
      isOver = true
    })
    while (!isOver) {
      if (!socket.write(ONE)) await Promise.race([closed, new Promise((resolve) => socket.once('drain', resolve))])
    }
    expect(statusOf(answer())).toBe(status)
  })

  test('many endless bodies share one memory budget, and other clients are served', async () => {
    await isAlive()
    const before = memoryBytes()
    const hoarders = Array.from({ length: 80 }, () => {
      const connection = openConnection(server.url)
      connection.socket.write(asksFor('POST', '/hooks/app', 'Content-Length: 5000000'))
      connection.socket.write('x'.repeat(4_900_000))
      return connection
    })
    const first = hoarders[0]
    await first?.closed
    expect(statusOf(first?.answer() ?? '')).toBe('503')
    expect((await server.push('app', { ref: 'refs/heads/main' })).status).toBe(202)
    expect((memoryBytes() - before) / (1 << 20)).toBeLessThan(250) // of 392 MB that are sent
    for (const { socket } of hoarders) socket.destroy()
  })

  test('headers and addresses that are too long are refused with 431', async () => {
    const long = 'a'.repeat(20_000)
    for (const request of [
      asksFor('GET', '/healthz', `X-Long: ${long}`),
      asksFor('GET', `/${long}`),
      asksFor('GET', '/healthz', ...Array.from({ length: 3000 }, (_, index) => `X-${index}: value`)),
    ]) {
      expect(statusOf(await exchange(server.url, request))).toBe('431')
    }
    const { socket, answer, closed } = openConnection(server.url)
    socket.write('GET /healthz HTTP/1.1\r\n')
    const flood = setInterval(() => socket.write(`X-Flood: ${'a'.repeat(1000)}\r\n`), 1)
    await closed
    clearInterval(flood)
    expect(statusOf(answer())).toBe('431')
  })
})

describe('malformed requests', () => {
  test('data after a request that is not a request closes the connection after the response', async () => {
    for (const garbage of ['\0\x01\xff\r\n\r\n', 'GET\r\n\r\n', 'HELO server\r\n', '{"ref": "main"}\r\n\r\n']) {
      const answer = await exchange(server.url, asksFor('GET', '/healthz') + garbage)
      expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(expect.arrayContaining(['HTTP/1.1 400']))
    }
    expect(await isAlive()).toBe(true)
  })

  test('two lengths or hosts, an unknown encoding and broken chunks are refused, to prevent request smuggling', async () => {
    const hidden = asksFor('GET', '/metrics')
    for (const headers of [
      ['Content-Length: 4', 'Transfer-Encoding: chunked'],
      ['Content-Length: 4', 'Content-Length: 5'],
      ['Transfer-Encoding: xchunked'],
      ['Content-Length: -1'],
      ['Content-Length: 4', 'X:\n bad'],
    ]) {
      const answer = await exchange(server.url, `${asksFor('POST', '/hooks/app', ...headers)}0\r\n\r\n${hidden}`)
      expect([headers, statusOf(answer), answer.includes('tsbuild_builds')]).toEqual([headers, '400', false])
    }
    const chunk = asksFor('POST', '/hooks/app', 'Transfer-Encoding: chunked')
    expect(statusOf(await exchange(server.url, `${chunk}fffffffffffffffff\r\nx`))).toBe('400')
    expect(
      statusOf(await exchange(server.url, asksFor('GET', '/healthz', 'Host: other.example', 'Connection: close'))),
    ).toBe('400')
  })

  test('other protocols and addresses of other servers are refused', async () => {
    for (const bytes of [
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      '\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03',
      'SSH-2.0-x\r\n',
    ]) {
      expect(statusOf(await exchange(server.url, bytes))).toBe('400')
    }
    expect(await exchange(server.url, 'CONNECT other:443 HTTP/1.1\r\nHost: other\r\n\r\n')).toBe('')
    for (const host of ['a b', 'x/../y', 'x@y', '[::1']) {
      const request = `GET /healthz HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`
      expect([host, statusOf(await exchange(server.url, request))]).toEqual([host, '400'])
    }
    for (const method of ['TRACE', 'OPTIONS', 'PROPFIND']) {
      expect(statusOf(await exchange(server.url, asksFor(method, '/healthz', 'Connection: close')))).toBe('404')
    }
  })

  test('an HTTP/1.0 client gets a response, with and without a Host header', async () => {
    for (const host of ['', 'Host: server\r\n']) {
      const answer = await exchange(server.url, `GET /healthz HTTP/1.0\r\n${host}\r\n`)
      expect([statusOf(answer), answer.endsWith('{"status":"ok"}')]).toEqual(['200', true])
    }
    const stream = `GET /api/v1/events HTTP/1.0\r\nAuthorization: Bearer ${server.token}\r\n\r\n`
    expect(statusOf(await exchange(server.url, stream, '\r\n\r\n: '))).toBe('200')
  })

  test('HEAD does not open an event stream', async () => {
    const headers = { authorization: `Bearer ${server.token}` }
    expect((await fetch(`${server.url}/api/v1/events`, { method: 'HEAD', headers })).status).toBe(404)
    expect((await fetch(`${server.url}/`, { method: 'HEAD' })).status).toBe(200)
  })
})

describe('clients that do not read', () => {
  const SEGMENTS = 500 // of 60 kB: 30 MB

  test('use no memory for the rest of a large log, live or downloaded, and other clients are served', async () => {
    const { id } = await server.api.call('triggerBuild', { path: { project: 'app' }, body: { ref: 'main' } })
    await writeLargeLog(id)
    const before = memoryBytes()
    const authorization = `Authorization: Bearer ${server.token}`
    const readers = Array.from({ length: 12 }, (_, index) => {
      const connection = openConnection(server.url)
      connection.socket.pause()
      connection.socket.write(
        asksFor('GET', `/api/v1/builds/${id}/${index % 2 === 0 ? 'events' : 'log'}`, authorization),
      )
      return connection
    })
    await new Promise((resolve) => setTimeout(resolve, 2000)) // more than enough time to buffer far more
    expect(await isAlive()).toBe(true)
    expect((memoryBytes() - before) / (1 << 20)).toBeLessThan(150) // of 360 MB
    for (const { socket } of readers) socket.destroy()
    const whole = await (await server.api.call('downloadLog', { path: { build: id } })).text()
    expect(whole.length).toBeGreaterThan(SEGMENTS * 60_000)
  })

  async function writeLargeLog(build: number): Promise<void> {
    const database = join(directory, 'database')
    const password = readFileSync(join(database, 'postgres-password'), 'utf8')
    const client = new pg.Client({ host: join(database, 'run'), user: 'tsbuild', database: 'postgres', password })
    await client.connect()
    await client.query(
      `insert into build_events (build, seq, kind, step, data, log_offset, log_line, log)
       select $1, number, 'log', 'a', '{"lines": 600}', (number - 1) * 60000, (number - 1) * 600,
         convert_to(repeat(repeat('x', 99) || E'\\n', 600), 'UTF8') from generate_series(1, $2::int) number`,
      [build, SEGMENTS],
    )
    await client.end()
  }
})
