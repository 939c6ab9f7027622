import { chownSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { importBusybox } from '../end-to-end/bases.ts'
import { createTsbuildOf, type Tsbuild } from '../end-to-end/tsbuild.ts'
import { addUser, type TemporaryUser } from '../support/temporary-user.ts'
import { removeGroups } from './remove-groups.ts'

const TOP = '/sys/fs/cgroup'
/** A group of root; it determines which controllers users get. */
const SLICE = join(TOP, 'users')
const DELEGATED = join(SLICE, 'delegated')

let user: TemporaryUser
let tsbuild: Tsbuild

beforeAll(async () => {
  user = addUser()
  tsbuild = createTsbuildOf(user)
  await importBusybox(tsbuild)
})

/** The same program, started in this group. */
function startedIn(directory: string): Tsbuild {
  const enter = 'echo $$ > "$0/cgroup.procs" && exec "$@"'
  return createTsbuildOf(
    { ...user, command: ['sh', '-c', enter, directory, ...user.command] },
    { TSBUILD_ROOT: tsbuild.root },
  )
}

/** A group that the user may divide, with these controllers, as systemd delegates it. */
function delegate(controllers: readonly string[], ...names: readonly string[]): void {
  mkdirSync(SLICE)
  for (const directory of [TOP, SLICE]) {
    writeFileSync(join(directory, 'cgroup.subtree_control'), controllers.map((name) => `+${name}`).join(' '))
  }
  for (const directory of ['', ...names].map((name) => join(DELEGATED, name))) {
    mkdirSync(directory)
    for (const file of ['', 'cgroup.procs', 'cgroup.subtree_control'])
      chownSync(join(directory, file), user.uid, user.gid)
  }
}

const groupsBelow = (directory: string) =>
  readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)

describe('a user without a delegated group', () => {
  test('runs and builds without limits', async () => {
    expect(await tsbuild.ok('run', '--rm', '--network=none', 'busybox', 'echo', 'ran')).toBe('ran')
    await tsbuild.with({ input: 'FROM busybox\nRUN true\n' }).ok('build', '--network=none', '-')
  })

  test('is refused a limit, with a hint how to get a delegated cgroup', async () => {
    const { exitCode, stderr } = await tsbuild.run('run', '--rm', '-m', '64m', '--network=none', 'busybox', 'true')
    expect(exitCode).toBe(125)
    expect(stderr).toContain('expected a delegated cgroup')
    expect(stderr).toContain('systemd-run --user --scope')
    expect(await tsbuild.ok('doctor')).toContain('limits are not possible')
  })
})

describe('a user with a delegated group', () => {
  afterEach(() => removeGroups(SLICE))

  test('sets limits if started in a group below it', async () => {
    delegate(['memory', 'pids', 'cpu'], 'session')
    const inside = startedIn(join(DELEGATED, 'session'))
    expect(await inside.ok('doctor')).toMatch(/limits by the controllers (?=.*memory)(?=.*pids)(?=.*cpu)/)
    const look = 'cd /sys/fs/cgroup; cat memory.max pids.max cpu.max /proc/self/cgroup'
    const flags = ['--rm', '-m', '64m', '--pids-limit', '40', '--cpus', '0.5', '--network=none']
    expect(await inside.ok('run', ...flags, 'busybox', 'sh', '-c', look)).toBe('67108864\n40\n50000 100000\n0::/')
    expect(groupsBelow(join(DELEGATED, 'tsbuild'))).toEqual([])
  })

  test('sets limits if started in that group itself, after moving processes to a group below', async () => {
    delegate(['memory', 'pids'])
    const inside = startedIn(DELEGATED)
    const look = 'cat /sys/fs/cgroup/memory.max'
    const words = ['run', '--rm', '-m', '64m', '--network=none', 'busybox', 'sh', '-c', look]
    expect(await inside.ok(...words)).toBe('67108864')
    expect(groupsBelow(DELEGATED).sort()).toEqual(['init', 'tsbuild'])
    expect(await startedIn(join(DELEGATED, 'init')).ok(...words)).toBe('67108864')
  })

  test('gets an error that names the missing controller', async () => {
    delegate(['memory', 'pids'], 'session')
    const words = ['run', '--rm', '--cpuset-cpus', '0', '--network=none', 'busybox', 'true']
    const { exitCode, stderr } = await startedIn(join(DELEGATED, 'session')).run(...words)
    expect(exitCode).toBe(125)
    expect(stderr).toContain('expected the controller "cpuset"')
    expect(groupsBelow(join(DELEGATED, 'tsbuild'))).toEqual([])
  })

  test('gets out-of-memory kills of containers and steps reported', async () => {
    delegate(['memory'], 'session')
    const inside = startedIn(join(DELEGATED, 'session'))
    const words = ['-m', '16m', '--memory-swap', '16m', '--network=none']
    const { exitCode } = await inside.run('run', '--name', 'greedy', ...words, 'busybox', 'tail', '/dev/zero')
    expect(exitCode).toBe(137)
    expect(await inside.ok('inspect', '-f', '{{.State.OOMKilled}} {{.State.ExitCode}}', 'greedy')).toBe('true 137')
    await inside.ok('rm', 'greedy')
    const step = inside.with({ input: 'FROM busybox\nRUN tail /dev/zero\n' })
    expect((await step.run('build', ...words, '-')).stderr).toContain('it ran out of memory and was killed')
  })

  test('reads the usage of containers, freezes them and runs commands within their limits', async () => {
    delegate(['memory', 'pids'], 'session', 'elsewhere')
    const inside = startedIn(join(DELEGATED, 'session'))
    const words = ['-d', '--name', 'busy', '-m', '64m', '--pids-limit', '40', '--network=none', 'busybox']
    await inside.ok('run', ...words, 'sh', '-c', 'while :; do :; done')
    const [, cpu, memory, pids] =
      (await inside.ok('stats', '--no-stream', '--format', 'x {{.CPUPerc}} {{.MemUsage}} {{.PIDs}}', 'busy')).match(
        /x ([\d.]+)% (.*) \/ 64MiB (\d+)/,
      ) ?? []
    expect([Number(cpu) > 0, memory, pids]).toEqual([true, expect.stringMatching(/[KM]iB/), '1'])
    await inside.ok('pause', 'busy')
    expect(await tsbuild.ok('inspect', '-f', '{{.State.Status}}', 'busy')).toBe('paused')
    await inside.ok('unpause', 'busy')
    for (const from of ['session', 'elsewhere']) {
      const there = startedIn(join(DELEGATED, from))
      expect(await there.ok('exec', 'busy', 'cat', '/proc/self/cgroup', '/sys/fs/cgroup/pids.max')).toBe('0::/\n40')
    }
    const outside = await tsbuild.run('exec', 'busy', 'true')
    expect(outside.exitCode).not.toBe(0)
    expect(outside.stderr).toContain('cgroup.procs')
    expect(outside.stderr).toContain('hint:')
    await inside.ok('rm', '-f', 'busy')
  })
})
