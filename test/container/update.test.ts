import { beforeAll, describe, expect, test } from 'vitest'
import type { RunSpec } from '../../container/index.ts'
import type { Limits } from '../../sandbox-native/driver/index.ts'
import { outputOf, runToEnd, type TestEngine, temporaryContainers } from './temporary-containers.ts'

const MIB = 1 << 20
/** File names of either cgroup version. */
const PIDS = 'cat /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/pids.max 2>/dev/null'

let engine: TestEngine
const spec: RunSpec = { image: 'busybox', network: 'none' }
beforeAll(async () => {
  engine = await temporaryContainers()
})

const inside = (name: string, command: string) => outputOf(engine, name, command)

describe('update() of a running container', () => {
  beforeAll(async () => {
    const limits = { memoryBytes: 32 * MIB, memorySwapBytes: 64 * MIB, pidsMax: 30 }
    await engine.containers.run({ ...spec, name: 'runs', limits, command: ['sleep', '1000'] })
  })

  test('changes its limits immediately, and the output of inspect', async () => {
    const { containers } = engine
    await containers.update('runs', { limits: { memoryBytes: 48 * MIB, pidsMax: 20, cpus: 0.5, cpuShares: 512 } })
    expect((await containers.stats('runs')).memoryLimitBytes).toBe(48 * MIB)
    expect(await inside('runs', PIDS)).toBe('20\n')
    expect((await containers.inspect('runs')).HostConfig).toMatchObject({
      Memory: 48 * MIB,
      MemorySwap: 64 * MIB,
      PidsLimit: 20,
      NanoCpus: 500_000_000,
      CpuShares: 512,
    })
  })

  test('raises and lowers memory and swap together', async () => {
    const { containers } = engine
    for (const mebibytes of [128, 24, 96]) {
      const limits = { memoryBytes: mebibytes * MIB, memorySwapBytes: 2 * mebibytes * MIB }
      await containers.update('runs', { limits })
      expect((await containers.stats('runs')).memoryLimitBytes).toBe(mebibytes * MIB)
    }
  })

  test('changes nothing if a limit is refused', async () => {
    const { containers } = engine
    const before = await containers.inspect('runs')
    const refused: readonly Limits[] = [
      { memoryBytes: 1024 },
      { memoryBytes: 512 * MIB }, // above the swap limit
      { memoryReservationBytes: 512 * MIB },
      { cpuQuotaUs: 5000 }, // conflicts with cpus
      { cpusetCpus: '0-x' },
      { cpusetCpus: '4000' },
      { cpus: 4000 },
    ]
    for (const limits of refused) {
      await expect(containers.update('runs', { limits })).rejects.toMatchObject({ code: 'CONTAINER_BAD_OPTION' })
    }
    const impossible = containers.update('runs', { limits: { pidsMax: 5_000_000 } }) // more than the kernel has
    await expect(impossible).rejects.toMatchObject({ code: 'SANDBOX_CGROUP' })
    expect((await containers.inspect('runs')).HostConfig).toEqual(before.HostConfig)
  })

  test('keeps concurrent changes of others', async () => {
    const { containers } = engine
    const { id } = (await containers.run({ ...spec, name: 'wanted', command: ['sleep', '1000'] })).container
    await Promise.all([
      containers.update(id, { limits: { pidsMax: 20 } }),
      containers.update(id, { limits: { cpuShares: 500 } }),
      containers.update(id, { restart: { name: 'always' } }),
      containers.rename(id, 'renamed'),
    ])
    const { HostConfig, Name } = await containers.inspect(id)
    expect(HostConfig).toMatchObject({ PidsLimit: 20, CpuShares: 500, RestartPolicy: { Name: 'always' } })
    expect(Name).toBe('/renamed')
    await containers.remove(id, { force: true })
  })

  test('changes the restart policy and the limits of later starts', async () => {
    const { containers } = engine
    const command = ['sh', '-c', `${PIDS}; while [ ! -e /tmp/go ]; do sleep 0.05; done; exit 3`]
    await containers.run({ ...spec, name: 'again', limits: { pidsMax: 30 }, command })
    for await (const _ of containers.logs('again', { follow: true })) break
    await containers.update('again', { limits: { pidsMax: 25 }, restart: { name: 'on-failure', maximumRetries: 1 } })
    await inside('again', 'touch /tmp/go')
    expect(await containers.wait('again')).toBe(3)
    expect((await containers.get('again')).state.restartCount).toBe(1)
    const lines: string[] = []
    for await (const { text } of containers.logs('again')) lines.push(text)
    expect(lines).toEqual(['30\n', '25\n'])
  })
})

test('update() ends the restarts of a container that keeps failing', async () => {
  const { containers } = engine
  await containers.run({ ...spec, name: 'loops', restart: { name: 'always' }, command: ['sh', '-c', 'exit 4'] })
  await expect.poll(async () => (await containers.get('loops')).state.restartCount).toBeGreaterThan(1)
  await containers.update('loops', { restart: { name: 'no' } })
  expect(await containers.wait('loops')).toBe(4)
  expect((await containers.get('loops')).state.status).toBe('exited')
})

test('update() of a stopped container applies from its next start', async () => {
  const { containers } = engine
  await containers.create({ ...spec, name: 'later', command: ['sh', '-c', PIDS] })
  await containers.update('later', { limits: { pidsMax: 15 }, restart: { name: 'no' } })
  await containers.start('later')
  await containers.wait('later')
  for await (const { text } of containers.logs('later')) expect(text).toBe('15\n')
})

test('update() sets no restart policy on a container with --rm', async () => {
  const { containers } = engine
  await containers.run({ ...spec, name: 'brief', autoRemove: true, command: ['sleep', '1000'] })
  const updating = containers.update('brief', { restart: { name: 'always' } })
  await expect(updating).rejects.toMatchObject({ code: 'CONTAINER_BAD_OPTION' })
})

test('limits that docker refuses are refused, and zero means none', async () => {
  const refused: readonly Limits[] = [
    { memoryBytes: 1024 },
    { memoryBytes: 8 * MIB, memoryReservationBytes: 16 * MIB },
    { memoryBytes: 8 * MIB, memorySwapBytes: 7 * MIB },
    { memorySwapBytes: 7 * MIB },
    { cpus: 0.5, cpuPeriodUs: 50_000 },
    { cpuPeriodUs: 10 },
    { cpuQuotaUs: 10 },
  ]
  for (const limits of refused) {
    const running = runToEnd(engine.containers, { limits, command: ['true'] })
    await expect(running).rejects.toMatchObject({ code: 'CONTAINER_BAD_OPTION' })
  }
  const none = { memoryBytes: 0, memorySwapBytes: 0, cpus: 0, cpuShares: 0, cpuQuotaUs: -1, pidsMax: 0, cpusetCpus: '' }
  const { stdout } = await runToEnd(engine.containers, { limits: none, autoRemove: true, command: ['sh', '-c', PIDS] })
  expect(stdout).toBe('max\n')
})

test('with only a memory limit, swap is limited to the same amount', async () => {
  const { containers } = engine
  const swapOf = async (limits: Limits) => {
    const { id } = await containers.create({ image: 'busybox', network: 'none', limits, command: ['true'] })
    return (await containers.inspect(id)).HostConfig['MemorySwap']
  }
  expect(await swapOf({})).toBe(0)
  expect(await swapOf({ memoryBytes: 8 * MIB })).toBe(16 * MIB)
  expect(await swapOf({ memoryBytes: 8 * MIB, memorySwapBytes: -1 })).toBe(-1)
  expect(await swapOf({ memoryBytes: 8 * MIB, memorySwapBytes: 8 * MIB })).toBe(8 * MIB)
  const command = ['sh', '-c', 'cd /sys/fs/cgroup; cat memory/memory.memsw.limit_in_bytes memory.swap.max 2>/dev/null']
  const { stdout } = await runToEnd(containers, { limits: { memoryBytes: 8 * MIB }, autoRemove: true, command })
  expect(['', `${16 * MIB}\n`, `${8 * MIB}\n`]).toContain(stdout) // empty on a kernel without swap accounting
})

test('period, quota and reservation of a new container are set on its control group', async () => {
  const read = (...names: readonly string[]) =>
    `cat ${names.map((name) => `/sys/fs/cgroup/${name}`).join(' ')} 2>/dev/null`
  const script = [
    read('cpu/cpu.cfs_quota_us', 'cpu/cpu.cfs_period_us', 'cpu.max'),
    read('memory/memory.soft_limit_in_bytes', 'memory.low'),
  ]
  const limits = { cpuQuotaUs: 20_000, cpuPeriodUs: 50_000, memoryReservationBytes: 16 * MIB }
  const command = ['sh', '-c', script.join(';')]
  const { stdout } = await runToEnd(engine.containers, { limits, autoRemove: true, command })
  expect(stdout.trim().split(/\s+/)).toEqual(['20000', '50000', String(16 * MIB)])
})
