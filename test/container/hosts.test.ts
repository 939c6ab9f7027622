import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunSpec } from '../../container/index.ts'
import { runToEnd, type TestEngine, temporaryContainers } from './temporary-containers.ts'

let engine: TestEngine
let server: Server
let port = 0
beforeAll(async () => {
  engine = await temporaryContainers()
  server = createServer((socket) => socket.end('hello\n'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address !== null && typeof address !== 'string') port = address.port
})
afterAll(() => {
  server.close()
})

async function hostsOf(spec: Partial<RunSpec>): Promise<string> {
  const { stdout } = await runToEnd(engine.containers, { ...spec, autoRemove: true, command: ['cat', '/etc/hosts'] })
  return stdout
}

function runSleeping(name: string, network: string) {
  return engine.containers.run({ image: 'busybox', name, network, command: ['sleep', '1000'] })
}

describe('/etc/hosts', () => {
  test('contains the container’s own name and added hosts', async () => {
    const hosts = await hostsOf({
      hostname: 'web',
      extraHosts: [
        ['db', '10.1.2.3'],
        ['six', 'fd00::1'],
      ],
    })
    expect(hosts).toMatch(/^127\.0\.0\.1\s+localhost web$/m)
    expect(hosts).toContain('10.1.2.3\tdb\n')
    expect(hosts).toContain('fd00::1\tsix\n')
  })

  test("contains the address of its private network with the container's name", async () => {
    const hosts = await hostsOf({ network: 'private', hostname: 'web', extraHosts: [['db', '10.1.2.3']] })
    expect(hosts).toMatch(/^127\.0\.0\.1\tlocalhost\n[\s\S]*\n10\.1\.2\.3\tdb\n10\.0\.2\.100\tweb\n$/)
  })

  test('is the host’s on the host’s network', async () => {
    const hosts = await hostsOf({ network: 'host', extraHosts: [['me', 'host-gateway']] })
    expect(hosts).toBe(`${readFileSync('/etc/hosts', 'utf8').trimEnd()}\n127.0.0.1\tme\n`)
  })
})

describe('host-gateway', () => {
  test("reaches services on the host's loopback, if requested", async () => {
    const command = ['sh', '-c', `busybox timeout 10 nc -w 3 me ${port} < /dev/null`]
    const spec = { network: 'private', autoRemove: true, init: true } // a first process does not end by default signals
    const ran = await runToEnd(engine.containers, { ...spec, command, extraHosts: [['me', 'host-gateway']] })
    expect(ran.stdout).toMatch(/^(hello\n)+$/) // under load, pasta can deliver a connection's last bytes twice
    const [, address = ''] =
      /^(\S+)\tme$/m.exec(await hostsOf({ network: 'private', extraHosts: [['me', 'host-gateway']] })) ?? []
    expect(address).toMatch(/^\d+\.\d+\.\d+\.\d+$/)
    const apart = await runToEnd(engine.containers, { ...spec, command, extraHosts: [['me', address]] })
    expect(apart.stdout).toBe('')
  })

  test('is refused without a network', async () => {
    const spec: RunSpec = { image: 'busybox', network: 'none', extraHosts: [['me', 'host-gateway']] }
    await expect(engine.containers.create(spec)).rejects.toMatchObject({ code: 'CONTAINER_BAD_OPTION' })
  })
})

describe('containers that share a network', () => {
  test('find each other by name, also along a chain', async () => {
    const { containers } = engine
    const { container: first } = await runSleeping('first', 'none')
    await runSleeping('second', 'container:first')
    const hosts = await hostsOf({ name: 'third', network: 'container:second' })
    for (const name of ['first', 'second', 'third']) expect(hosts).toContain(`127.0.0.1\t${name}\n`)
    const { HostsPath, HostnamePath } = await containers.inspect('second')
    expect([HostsPath, HostnamePath]).toEqual([`${first.directory}/hosts`, `${first.directory}/hostname`])
    expect(readFileSync(HostsPath, 'utf8')).toBe(hosts)
    const again = await hostsOf({ name: 'third', network: 'container:first' })
    expect(again).toBe(hosts)
    for (const name of ['second', 'first']) await containers.remove(name, { force: true })
  })

  test("reach each other's servers", async () => {
    const { containers } = engine
    const command = ['sh', '-c', 'while :; do echo served | nc -l -p 8080; done']
    await containers.run({ image: 'busybox', name: 'server', network: 'none', command })
    const ask = 'until nc -w 3 server 8080 < /dev/null; do sleep 0.05; done'
    const ran = await runToEnd(containers, {
      network: 'container:server',
      autoRemove: true,
      command: ['sh', '-c', ask],
    })
    expect(ran.stdout).toBe('served\n')
    await containers.remove('server', { force: true })
  })

  test('share the files of the first one: further hosts and name servers are refused', async () => {
    await runSleeping('owner', 'none')
    const spec = { image: 'busybox', network: 'container:owner' }
    const refused: readonly Partial<RunSpec>[] = [{ extraHosts: [['db', '10.1.2.3']] }, { dns: ['10.1.2.3'] }]
    for (const more of refused) {
      await expect(engine.containers.create({ ...spec, ...more })).rejects.toMatchObject({
        code: 'CONTAINER_BAD_OPTION',
      })
    }
    await engine.containers.remove('owner', { force: true })
  })
})

test('the name of an added host is a single word', async () => {
  const creating = engine.containers.create({ image: 'busybox', extraHosts: [['a\n6.6.6.6 b', '1.2.3.4']] })
  await expect(creating).rejects.toThrow('invalid syntax (expected a name and an IP address)')
})
