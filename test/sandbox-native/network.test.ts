import { createServer, type Server } from 'node:http'
import { networkInterfaces } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTicks } from '../support/start-ticks.ts'
import { type BusyboxRoot, makeBusyboxRoot } from './busybox-root.ts'

let root: BusyboxRoot
let server: Server
let port = 0

beforeAll(async () => {
  root = makeBusyboxRoot()
  server = createServer((_, response) => response.end('hello'))
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
  const address = server.address()
  if (address !== null && typeof address !== 'string') port = address.port
})

afterAll(() => server.close())

const fetchFrom = (host: string) => `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 3 ${host} ${port} | tail -1`

describe('the network of a command', () => {
  test('none has only a loopback interface', async () => {
    const ran = await root.run(`ip -o link | wc -l; ip -o -4 addr; ${fetchFrom('127.0.0.1')}`)
    expect(ran.stdout).toMatch(/^1\n.*127\.0\.0\.1\/8/)
    expect(ran.stdout).not.toContain('hello')
  })

  test("host is the host's", async () => {
    const ran = await root.run(fetchFrom('127.0.0.1'), { network: { kind: 'host' } })
    expect(ran.stdout).toBe('hello')
  })

  test('private has outbound access, but not to the loopback of the host', async () => {
    const ran = await root.run(`cat /etc/resolv.conf; ${fetchFrom('127.0.0.1')}; ip route`, {
      network: { kind: 'private' },
    })
    expect(ran.warnings).toEqual([])
    expect(ran.stdout).not.toContain('hello')
    expect(ran.stdout).toMatch(/nameserver (169\.254\.1\.1|10\.0\.2\.3)\n/)
    expect(ran.stdout).toMatch(/default via/)
  })

  test('private without a network helper is refused', async () => {
    const poor = makeBusyboxRoot({ env: { ...process.env, PATH: '/nonexistent' }, idMapping: { kind: 'host' } })
    try {
      await expect(poor.run('true', { network: { kind: 'private' } })).rejects.toMatchObject({
        code: 'SANDBOX_NETWORK',
        message: 'Cannot connect a private network: neither pasta nor slirp4netns is installed',
      })
    } finally {
      poor.remove()
    }
  })

  test('the network of another process can be joined', async () => {
    const other = makeBusyboxRoot()
    const cancel = new AbortController()
    let tell: (pid: number) => void = () => {}
    const started = new Promise<number>((resolve) => {
      tell = resolve
    })
    const io = { output: () => {}, onStarted: (pid: number) => tell(pid) }
    const run = other.native.sandbox.run(other.request('sleep 100'), io, cancel.signal)
    try {
      const pid = await started
      const ran = await root.run('ip -o link | wc -l', { network: { kind: 'join', pid, startTicks: startTicks(pid) } })
      expect(ran.stdout).toBe('1\n')
      expect(Object.keys(networkInterfaces()).length).toBeGreaterThan(1)
    } finally {
      cancel.abort()
      await run.catch(() => {})
      other.remove()
    }
  })
})
