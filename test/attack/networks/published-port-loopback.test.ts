import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import { beforeAll, expect, test } from 'vitest'
import { runServer } from '../../container/published-server.ts'
import { type TestEngine, temporaryContainers } from '../../container/temporary-containers.ts'

let engine: TestEngine
let port = (_containerPort: number): number => 0
beforeAll(async () => {
  engine = await temporaryContainers()
  const command = `exec node -e '${SERVERS}'`
  const { ports } = await runServer(engine, { name: 'server', publish: ['80', '81', '7/udp'], command })
  port = (containerPort) => ports.find((bound) => bound.containerPort === containerPort)?.hostPort ?? 0
})

/** Two servers print the address of the client; the third listens on the loopback only. */
const SERVERS = `
  const net = require("net"), udp = require("dgram").createSocket("udp4");
  net.createServer((c) => c.end(c.remoteAddress)).listen(80, () =>
    net.createServer((c) => c.end("trusted")).listen(81, "127.0.0.1", () =>
      udp.on("message", (m, from) => udp.send(from.address, from.port, from.address)).bind(7, () => console.log("ready"))))
`

async function ask(containerPort: number, host: string): Promise<string> {
  let answer = ''
  for await (const chunk of connect(port(containerPort), host).setEncoding('utf8')) answer += chunk
  return answer
}

test('a client of a published port does not appear to be a process of the container (CVE-2021-20199)', async () => {
  for (const host of ['127.0.0.1', '::1']) expect(await ask(80, host)).toBe('::ffff:10.0.2.100')
  const socket = createSocket('udp4')
  socket.send('who', port(7), '127.0.0.1')
  const [answer] = await once(socket, 'message')
  socket.close()
  expect(String(answer)).toBe('10.0.2.100')
})

test('a published port does not reach a server that listens on the loopback only', async () => {
  expect(await ask(81, '127.0.0.1').catch(() => 'refused')).not.toContain('trusted')
})
