import { existsSync, readdirSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import type { CgroupSpec } from '../../sandbox-native/driver/index.ts'
import { type BusyboxRoot, makeBusyboxRoot } from './busybox-root.ts'

const hasV1 = existsSync('/sys/fs/cgroup/memory')
const MiB = 2 ** 20

let root: BusyboxRoot

beforeAll(() => {
  root = makeBusyboxRoot()
})

function group(limits: Partial<CgroupSpec>): CgroupSpec {
  return { name: `test-${process.pid}`, ...limits }
}

function ourGroups(): string[] {
  const names = readdirSync(`/sys/fs/cgroup/${hasV1 ? 'memory/tsbuild' : 'tsbuild'}`)
  return names.filter((name) => name.startsWith(`test-${process.pid}`))
}

describe('limits are visible inside, at the root of the hierarchy', () => {
  const cases: readonly (readonly [limits: Partial<CgroupSpec>, v1: string, v2: string, shown: string])[] = [
    [{ memoryBytes: 64 * MiB }, 'memory/memory.limit_in_bytes', 'memory.max', `${64 * MiB}`],
    [{ pidsMax: 33 }, 'pids/pids.max', 'pids.max', '33'],
    [{ cpus: 0.5 }, 'cpu/cpu.cfs_quota_us', 'cpu.max', hasV1 ? '50000' : '50000 100000'],
    [{ cpuShares: 2 }, 'cpu/cpu.shares', 'cpu.weight', hasV1 ? '2' : '1'],
    [{ cpusetCpus: '0' }, 'cpuset/cpuset.cpus', 'cpuset.cpus', '0'],
  ]
  test.each(cases)('%j', async (limits, v1, v2, shown) => {
    const ran = await root.run(`cat /sys/fs/cgroup/${hasV1 ? v1 : v2}`, { cgroup: group(limits) })
    expect(ran.stdout).toBe(`${shown}\n`)
  })
})

test('memory with swap is limited', async () => {
  const cgroup = group({ memoryBytes: 32 * MiB, memorySwapBytes: 48 * MiB })
  const file = hasV1 ? 'memory/memory.memsw.limit_in_bytes' : 'memory.swap.max'
  expect((await root.run(`cat /sys/fs/cgroup/${file}`, { cgroup })).stdout).toBe(`${(hasV1 ? 48 : 16) * MiB}\n`)
})

test('a command that exceeds its memory is killed and reported', async () => {
  const cgroup = group({ memoryBytes: 16 * MiB, memorySwapBytes: 16 * MiB })
  const ran = await root.run('tail -c 100m /dev/zero', { cgroup })
  expect(ran).toMatchObject({ exitCode: 137, oomKilled: true })
  expect(ran.usage.peakMemoryBytes).toBeLessThanOrEqual(16 * MiB)
})

test('a command that exits normally is not reported as out of memory', async () => {
  expect(await root.run('true', { cgroup: group({ memoryBytes: 64 * MiB }) })).toMatchObject({ oomKilled: false })
})

test('a fork bomb stops at the process limit', async () => {
  const ran = await root.run('for i in 1 2 3 4 5 6 7 8 9; do sleep 100 & done', { cgroup: group({ pidsMax: 5 }) })
  expect(ran.stderr).toContain('fork')
})

test('a command cannot leave or change its group', async () => {
  const file = hasV1 ? 'memory/memory.limit_in_bytes' : 'memory.max'
  const ran = await root.run(`echo 1 > /sys/fs/cgroup/${file}; cat /proc/self/cgroup`, {
    cgroup: group({ pidsMax: 50 }),
  })
  expect(ran.stderr).toContain('Read-only file system')
  expect(ran.stdout).not.toContain('tsbuild')
})

test('the group is removed when its command exits', async () => {
  await root.run('sleep 100 & true', { cgroup: group({ memoryBytes: 64 * MiB }) })
  expect(ourGroups()).toEqual([])
})

test('groups that a privileged command creates in its own are removed with it', async () => {
  const inner = hasV1 ? '/sys/fs/cgroup/memory/inner' : '/sys/fs/cgroup/inner'
  const script = `mkdir -p ${inner}/deeper; sleep 100 & echo $! > ${inner}/deeper/cgroup.procs; ls ${inner}`
  const ran = await root.run(script, { cgroup: group({ pidsMax: 50 }), security: 'insecure' })
  expect(ran.stdout).toContain('deeper')
  expect(ourGroups()).toEqual([])
})

test('a limit that cannot be set is an error', async () => {
  const run = root.run('true', { cgroup: group({ cpusetCpus: '4000' }) })
  await expect(run).rejects.toMatchObject({ code: 'SANDBOX_CGROUP' })
})

test('a group name cannot lead outside', async () => {
  const run = root.run('true', { cgroup: { name: '../other', pidsMax: 9 } })
  await expect(run).rejects.toMatchObject({ code: 'SANDBOX_CGROUP' })
})
