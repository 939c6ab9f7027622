import { existsSync, mkdirSync, rmdirSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import { importBusybox } from './bases.ts'
import { createTsbuild } from './tsbuild.ts'

const isV1 = existsSync('/sys/fs/cgroup/memory')
const tsbuild = createTsbuild()

beforeAll(() => importBusybox(tsbuild))

/** Output of the steps. */
async function build(lines: readonly string[], ...flags: string[]): Promise<string> {
  const { exitCode, stderr } = await attempt(lines, ...flags)
  if (exitCode !== 0) throw new Error(stderr)
  return stderr.replaceAll(/^#\d+ \d+\.\d+ /gm, '')
}

function attempt(lines: readonly string[], ...flags: string[]) {
  const dockerfile = `FROM busybox\n${lines.join('\n')}\n`
  const always = ['--progress=plain', '--no-cache', '--network=none']
  return tsbuild.with({ input: dockerfile }).run('build', ...always, ...flags, '-')
}

const limits: readonly (readonly [flags: readonly string[], command: string, printed: string])[] = [
  [['--ulimit', 'nofile=100:200'], 'ulimit -n; ulimit -Hn', '100\n200\n'],
  [['--shm-size', '8m'], "grep ' /dev/shm ' /proc/mounts", 'size=8192k'],
  [['--resource', 'cpuset-cpus=0'], 'grep Cpus_allowed_list: /proc/self/status', 'Cpus_allowed_list:\t0\n'],
  [['--cpuset-cpus', '0'], 'grep Cpus_allowed_list: /proc/self/status', 'Cpus_allowed_list:\t0\n'],
  [
    ['--memory', '32m', '--memory-swap', '64m'],
    isV1
      ? 'cd /sys/fs/cgroup/memory; cat memory.limit_in_bytes memory.memsw.limit_in_bytes'
      : 'cd /sys/fs/cgroup; cat memory.max memory.swap.max',
    isV1 ? '33554432\n67108864\n' : '33554432\n33554432\n',
  ],
  [
    ['--cpu-quota', '20000', '--cpu-period', '50000', '--cpu-shares', '512'],
    isV1
      ? 'cd /sys/fs/cgroup/cpu; cat cpu.cfs_quota_us cpu.cfs_period_us cpu.shares'
      : 'cd /sys/fs/cgroup; cat cpu.max cpu.weight',
    isV1 ? '20000\n50000\n512\n' : '20000 50000\n20\n',
  ],
]

test.each(limits)('%j is visible in a RUN step', async (flags, command, printed) => {
  expect(await build([`RUN ${command}`], ...flags)).toContain(printed)
})

test('a step that exceeds --memory is killed and reported', async () => {
  const { exitCode, stderr } = await attempt(['RUN tail /dev/zero'], '--memory', '16m')
  expect(exitCode).not.toBe(0)
  expect(stderr).toContain('it ran out of memory and was killed (exit code 137)')
})

test('--cgroup-parent places the steps below an existing cgroup', async () => {
  const name = `tsbuild-parent-${process.pid}`
  const parent = isV1 ? `/sys/fs/cgroup/memory/${name}` : `/sys/fs/cgroup/${name}`
  const { stderr } = await attempt(['RUN true'], '--cgroup-parent', `/${name}`)
  expect(stderr).toContain('no such cgroup')
  mkdirSync(parent)
  try {
    const file = isV1 ? 'memory/memory.limit_in_bytes' : 'memory.max'
    const printed = await build([`RUN cat /sys/fs/cgroup/${file}`], '--cgroup-parent', name, '--memory', '32m')
    expect(printed).toContain('33554432\n')
  } finally {
    rmdirSync(parent) // fails if the group of a step remains
  }
})
