import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { importBusybox } from '../end-to-end/bases.ts'
import { createTsbuild } from '../end-to-end/tsbuild.ts'

/** A group that its members see as the root, like those of a container. */
const OUTER = '/sys/fs/cgroup/outer'
const program = resolve(import.meta.dirname, '../../bin/tsbuild')
const tsbuild = createTsbuild()

beforeAll(() => importBusybox(tsbuild))

beforeEach(() => {
  writeFileSync('/sys/fs/cgroup/cgroup.subtree_control', '+memory +pids')
  mkdirSync(OUTER)
})

afterEach(() => {
  const groups = readdirSync(OUTER, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  for (const { name } of groups) rmdirSync(join(OUTER, name)) // fails if a container's group remains
  rmdirSync(OUTER)
})

/** Runs a script as a container would: in the group, with private namespaces. */
function runInside(script: string, options = 'rw') {
  const enter = 'echo 0 > "$0/cgroup.procs" && exec unshare --cgroup sh -c "$1"'
  const mount = 'umount /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup && mount -o remount,bind'
  const words = ['--mount', '--pid', '--fork', '--mount-proc', 'sh', '-c', enter, OUTER]
  const { stdout, stderr } = spawnSync('unshare', [...words, `${mount},${options} /sys/fs/cgroup; ${script}`], {
    encoding: 'utf8',
    env: { ...process.env, TSBUILD_ROOT: tsbuild.root },
  })
  return { stdout, stderr }
}

const look = (...names: readonly string[]) => `busybox cat ${names.map((name) => `/sys/fs/cgroup/${name}`).join(' ')}`

test('root of a container sets limits by moving the processes of its cgroup to a group below', () => {
  const run = `${program} run --rm -m 64m --pids-limit 40 --network=none ${look('memory.max', 'pids.max')}`
  expect(runInside(`${run} && cat /proc/self/cgroup`)).toEqual({ stdout: '67108864\n40\n0::/init\n', stderr: '' })
})

test('root of a container moves nothing without limits', () => {
  const run = `${program} run --rm --network=none busybox true`
  expect(runInside(`${run} && cat /proc/self/cgroup`)).toEqual({ stdout: '0::/\n', stderr: '' })
})

test('root of a container with read-only cgroups runs without limits, and gets the reason', () => {
  const run = `${program} run --rm --network=none`
  const { stdout, stderr } = runInside(`${run} busybox echo ran; ${run} -m 64m busybox true`, 'ro')
  expect(stdout).toBe('ran\n')
  expect(stderr).toContain('mounted read-only')
})
