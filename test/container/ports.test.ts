import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { beforeAll, describe, expect, test } from 'vitest'
import { parsePublish } from '../../cli/containers/publish-flag.ts'
import { portsText } from '../../container/index.ts'
import { forwarderOf, runServer } from './published-server.ts'
import { type TestEngine, temporaryContainers } from './temporary-containers.ts'

let engine: TestEngine
beforeAll(async () => {
  engine = await temporaryContainers()
})

const WEB =
  'exec node -e \'require("net").createServer((c) => c.end("a page")).listen(80, () => console.log("ready"))\''
const PAGE = 'a page'
const UDP_ECHO =
  'exec node -e \'const s = require("dgram").createSocket("udp4"); s.on("message", (m, from) => s.send(m, from.port, from.address)).bind(7, () => console.log("ready"))\''

const runReady = (name: string, publish: readonly string[], command: string) =>
  runServer(engine, { name, publish, command })

async function fetchPage(port: number, host = '127.0.0.1'): Promise<string> {
  let answer = ''
  for await (const chunk of connect(port, host).setEncoding('utf8')) answer += chunk
  return answer
}

describe('the ports of a container', () => {
  test('consecutive ones are one entry in the list', async () => {
    const { containers } = engine
    const spec = { image: 'busybox', command: ['sleep', '1000'], expose: ['90', '70-72', '74/udp', '75/udp'] }
    const ports = ['127.0.0.1::80', '127.0.0.1::81'].flatMap(parsePublish)
    const { container } = await containers.run({ ...spec, ports })
    const [first = 0, second = 0] = (await containers.get(container.id)).ports.map(({ hostPort }) => hostPort)
    const mapped = `127.0.0.1:${first}->80/tcp, 127.0.0.1:${second}->81/tcp`
    expect(portsText(await containers.get(container.id))).toBe(`70-72/tcp, 90/tcp, 74-75/udp, ${mapped}`)
  })

  test('are not shown, and match no filter, without a network or while it is stopped', async () => {
    const { containers } = engine
    const spec = { image: 'busybox', command: ['sleep', '1000'], expose: ['7001'], ports: parsePublish('7002:7002') }
    const { container } = await containers.run({ ...spec, network: 'none' })
    const stopped = await containers.create({ ...spec, network: 'private' })
    for (const { id } of [container, stopped]) {
      const document = await containers.inspect(id)
      expect(document.NetworkSettings.Ports).toEqual({})
      expect(document.HostConfig['PortBindings']).toEqual({ '7002/tcp': [{ HostIp: '', HostPort: '7002' }] })
      expect(portsText(await containers.get(id))).toBe('')
    }
    for (const port of ['7001', '7002'])
      expect(await containers.list({ all: true, filters: { expose: [port] } })).toEqual([])
    await containers.remove(container.id, { force: true })
    const { container: open } = await containers.run({ image: 'busybox', command: ['sleep', '1000'], expose: ['7001'] })
    const found = await containers.list({ filters: { expose: ['7000-7001/tcp'] } })
    expect(found.map(({ id }) => id)).toEqual([open.id])
  })
})

describe('published TCP ports', () => {
  let port = 0
  test('reach the container on IPv4 and IPv6', async () => {
    const record = await runReady('web', ['80'], WEB)
    port = record.ports[0]?.hostPort ?? 0
    expect(portsText(record)).toBe(`0.0.0.0:${port}->80/tcp, [::]:${port}->80/tcp`)
    expect(await fetchPage(port)).toBe(PAGE)
    expect(await fetchPage(port, '::1')).toBe(PAGE)
  })

  test('carry 5,000 connections in sequence and 500 concurrently, without leaking descriptors', async () => {
    const { state } = await engine.containers.get('web')
    const before = readdirSync(`/proc/${forwarderOf(state.supervisorPid)}/fd`).length
    for (let count = 0; count < 5000; count += 1) expect(await fetchPage(port)).toBe(PAGE)
    const pages = await Promise.all(Array.from({ length: 500 }, () => fetchPage(port)))
    expect(new Set(pages)).toEqual(new Set([PAGE]))
    // The forwarder closes the last connections when the next one arrives.
    await fetchPage(port)
    await expect
      .poll(() => readdirSync(`/proc/${forwarderOf(state.supervisorPid)}/fd`).length)
      .toBeLessThanOrEqual(before + 2 * 64)
  }, 300_000)

  test('that are taken fail with 125 and leave nothing running', async () => {
    const { containers } = engine
    const second = containers.run({
      image: 'busybox',
      name: 'second',
      ports: parsePublish(`${port}:80`),
      command: ['true'],
    })
    await expect(second).rejects.toMatchObject({ exitCode: 125, message: expect.stringContaining('already allocated') })
    expect((await containers.get('second')).state).toMatchObject({ status: 'created', exitCode: 125 })
    await containers.remove('second')
  })

  test('are free when the container has exited', async () => {
    await engine.containers.stop('web', { timeoutSeconds: 0 })
    const server = createServer().listen(port, '0.0.0.0')
    await once(server, 'listening')
    server.close()
  })

  test('on one host address are not on another', async () => {
    const { ports } = await runReady('local', ['127.0.0.2::80'], WEB)
    const own = ports[0]?.hostPort ?? 0
    expect(await fetchPage(own, '127.0.0.2')).toBe(PAGE)
    await expect(fetchPage(own, '127.0.0.1')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await engine.containers.remove('local', { force: true })
  })

  test('reset a connection that no process accepts', async () => {
    const { ports } = await runReady('deaf', ['81'], 'echo ready; sleep 1000')
    for (let count = 0; count < 20; count += 1) {
      const socket = connect(ports[0]?.hostPort ?? 0, '127.0.0.1')
      const [how] = await Promise.race([once(socket, 'error'), once(socket, 'end')])
      expect(how).toMatchObject({ code: 'ECONNRESET' })
    }
    await engine.containers.remove('deaf', { force: true })
  })

  test('deliver what was sent before one side closed', async () => {
    const { ports } = await runReady('counter', ['90'], 'echo ready; exec nc -l -p 90 -e wc -c')
    const own = ports[0]?.hostPort ?? 0
    const answer = await new Promise<string>((resolve) => {
      const send = () => {
        const socket = connect({ port: own, host: '127.0.0.1', allowHalfOpen: true })
        let text = ''
        socket.on('error', () => setImmediate(send)) // the listener inside does not exist yet
        socket.on('data', (chunk) => {
          text += chunk
        })
        socket.on('end', () => resolve(text))
        socket.end(Buffer.alloc(3_000_000))
      }
      send()
    })
    expect(answer).toBe('3000000\n')
    await engine.containers.remove('counter', { force: true })
  })
})

test('published UDP ports carry datagrams in both directions', async () => {
  const { ports } = await runReady('echo', ['7/udp'], UDP_ECHO)
  const socket = createSocket('udp4')
  socket.send('ping', ports[0]?.hostPort ?? 0, '127.0.0.1')
  const [message] = await once(socket, 'message')
  socket.close()
  expect(String(message)).toBe('ping')
  await engine.containers.remove('echo', { force: true })
})

test('container:NAME shares the network of another container, with its names', async () => {
  await runReady('first', ['80'], WEB)
  const { container } = await engine.containers.run({
    image: 'busybox',
    name: 'guest',
    network: 'container:first',
    command: ['sh', '-c', 'nc 127.0.0.1 80; hostname'],
  })
  expect(await engine.containers.wait('guest')).toBe(0)
  const texts: string[] = []
  for await (const { text } of engine.containers.logs(container.id)) texts.push(text)
  expect(texts).toEqual([`${PAGE}${(await engine.containers.get('first')).id.slice(0, 12)}\n`])
  await engine.containers.remove('first', { force: true })
})
