import { beforeAll, expect, test } from 'vitest'
import { type BusyboxRoot, makeBusyboxRoot } from '../../sandbox-native/busybox-root.ts'

let root: BusyboxRoot

beforeAll(() => {
  root = makeBusyboxRoot()
})

test.each([
  ['in no control group', undefined, 'Permission denied'],
  ['in one', { name: `nodes-${process.pid}`, devicesOnly: true }, 'not permitted'],
])('a device node that a command %s creates on a mount cannot be opened', async (_, cgroup, message) => {
  const script = `for place in /tmpfs /bind; do
    mknod $place/disk b 254 0; mknod $place/mem c 1 1
    head -c 1 $place/disk && echo "opened $place/disk"
    head -c 1 $place/mem && echo "opened $place/mem"
  done`
  const mounts = [
    { kind: 'tmpfs', target: '/tmpfs' },
    { kind: 'bind', source: root.directory, target: '/bind' },
  ] as const
  const ran = await root.run(script, { mounts, ...(cgroup && { cgroup }) })
  expect(ran.stdout).toBe('')
  expect(ran.stderr).toContain(message)
})
