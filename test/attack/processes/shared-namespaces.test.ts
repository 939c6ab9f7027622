import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { beforeAll, describe, expect, test } from 'vitest'
import { runToEnd, type TestEngine, temporaryContainers } from '../../container/temporary-containers.ts'
import { type BusyboxRoot, makeBusyboxRoot } from '../../sandbox-native/busybox-root.ts'

let engine: TestEngine
beforeAll(async () => {
  engine = await temporaryContainers()
})

/** Sharing a namespace makes it visible, but gives no access to settings of the host. */
describe('a container that shares with the host', () => {
  test('the UTS namespace cannot change the host name', async () => {
    const before = hostname()
    const script = 'hostname; hostname stolen; echo stolen > /proc/sys/kernel/hostname; hostname'
    const ran = await runToEnd(engine.containers, { uts: 'host', command: ['sh', '-c', script] })
    expect(ran.stdout).toBe(`${before}\n${before}\n`)
    expect(hostname()).toBe(before)
  })

  test('the IPC namespace cannot change its limits', async () => {
    const before = readFileSync('/proc/sys/kernel/shmmax', 'utf8')
    const ran = await runToEnd(engine.containers, {
      ipc: 'host',
      command: ['sh', '-c', 'echo 1 > /proc/sys/kernel/shmmax; echo tried'],
    })
    expect(ran.stdout).toBe('tried\n')
    expect(readFileSync('/proc/sys/kernel/shmmax', 'utf8')).toBe(before)
  })
})

/** The binary itself refuses, whatever its caller passes on. */
describe('settings of the whole machine', () => {
  let root: BusyboxRoot
  beforeAll(() => {
    root = makeBusyboxRoot()
  })

  test.each([
    ['kernel.panic', {}],
    ['net.ipv4...kernel.panic', {}],
    ['net.ipv4/../../kernel/panic', {}],
    ['fs.mqueue./../../kernel/panic', {}],
    ['net.ipv4.ip_default_ttl', { network: { kind: 'host' } }],
    ['kernel.shmmni', { ipc: 'host' }],
  ] as const)('%s with %j is refused and stays', async (key, more) => {
    const values = () =>
      ['kernel/panic', 'net/ipv4/ip_default_ttl', 'kernel/shmmni'].map((path) =>
        readFileSync(`/proc/sys/${path}`, 'utf8'),
      )
    const before = values()
    await expect(root.run('true', { sysctls: [[key, '77']], ...more })).rejects.toMatchObject({
      code: 'SANDBOX_SYSCTL',
    })
    expect(values()).toEqual(before)
  })
})
