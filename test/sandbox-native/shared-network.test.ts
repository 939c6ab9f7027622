import { execFileSync } from 'node:child_process'
import { createSocket, type Socket } from 'node:dgram'
import { createServer, type Server } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openNative } from '../../sandbox-native/driver/index.ts'
import { type BusyboxRoot, makeBusyboxRoot } from './busybox-root.ts'

/**
 * An address of the host that a private network does not have: pasta copies the interface with the default route, so
 * that the usual address of the host is the command's own. From a range for documentation.
 */
const OUTSIDE = `198.51.100.${1 + (process.pid % 250)}`
const roots: BusyboxRoot[] = []
let server: Server
let datagrams: Socket
let port = 0
let datagramPort = 0

beforeAll(async () => {
  roots.push(makeBusyboxRoot(), makeBusyboxRoot())
  execFileSync('/bin/busybox', ['ip', 'address', 'add', `${OUTSIDE}/32`, 'dev', 'lo'])
  server = createServer((socket) => socket.end('hello'))
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
  const address = server.address()
  if (address !== null && typeof address !== 'string') port = address.port
  datagrams = createSocket('udp4')
  await new Promise<void>((resolve) => datagrams.bind(0, '0.0.0.0', resolve))
  datagramPort = datagrams.address().port
})

afterAll(() => {
  server.close()
  datagrams.close()
  execFileSync('/bin/busybox', ['ip', 'address', 'delete', `${OUTSIDE}/32`, 'dev', 'lo'])
  for (const root of roots) root.remove()
})

/** A log message is a single datagram, which is not retransmitted. */
const sayOutside = () =>
  `syslogd -n -O /dev/null -R ${OUTSIDE}:${datagramPort} & until [ -S /dev/log ]; do :; done; logger first; sleep 10`
const fetchFrom = (host: string) => `busybox timeout 5 nc -w 3 ${host} ${port} < /dev/null | head -c 5`

describe('a shared network', () => {
  test('provides several commands with outbound access, separate from the host', async () => {
    const { network, resolvConf = '', warning, close } = await openNative().sandbox.openNetwork()
    try {
      expect(warning).toBeUndefined()
      const script = `readlink /proc/self/ns/net; cat /etc/resolv.conf; ip -o -4 addr show lo; ip route`
      const fetches = `echo; echo outside: $(${fetchFrom(OUTSIDE)}); echo loopback: $(${fetchFrom('127.0.0.1')})`
      const ran = await Promise.all(roots.map((root) => root.run(`${script}; ${fetches}`, { network, resolvConf })))
      const [first, second] = ran.map(({ stdout }) => stdout)
      expect(first).toBe(second)
      expect(first).toMatch(/nameserver (169\.254\.1\.1|10\.0\.2\.3)\n/)
      expect(first).toContain('127.0.0.1/8')
      expect(first).toMatch(/default via/)
      expect(first).toContain('outside: hello\nloopback:\n')
    } finally {
      await close()
    }
  })

  test('carries the first packet, even while its helper is starting', async () => {
    for (let round = 0; round < 3; round += 1) {
      const { network, resolvConf = '', close } = await openNative().sandbox.openNetwork()
      try {
        expect(await wordsHeardFrom({ network, resolvConf })).toContain('first')
      } finally {
        await close()
      }
      expect(await wordsHeardFrom({ network: { kind: 'private' } })).toContain('first')
    }
  })

  test('is removed when it is closed', async () => {
    const opened = await openNative().sandbox.openNetwork()
    await opened.close()
    await opened.close()
    const ran = roots[0]?.run('true', { network: opened.network })
    await expect(ran).rejects.toMatchObject({ code: 'SANDBOX_NETWORK' })
  })

  test("is the host's without a helper, with a warning", async () => {
    const poor = openNative({ env: { ...process.env, PATH: '/nonexistent' }, idMapping: { kind: 'host' } })
    const { network, resolvConf, warning, close } = await poor.sandbox.openNetwork()
    expect({ network, resolvConf }).toEqual({ network: { kind: 'host' } })
    expect(warning).toContain('pasta')
    await close()
  })
})

async function wordsHeardFrom(where: Parameters<BusyboxRoot['run']>[1]): Promise<string> {
  const datagram = new Promise<string>((resolve) => datagrams.once('message', (words) => resolve(`${words}`)))
  const cancel = new AbortController()
  const run = roots[0]?.run(sayOutside(), { ...where, signal: cancel.signal }).then(() => 'nothing')
  try {
    return await Promise.race([datagram, run ?? 'no root'])
  } finally {
    cancel.abort()
    await run?.catch(() => {}) // cancelled
  }
}
