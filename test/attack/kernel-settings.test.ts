import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BusyboxRoot, makeBusyboxRoot } from '../sandbox-native/busybox-root.ts'

let root: BusyboxRoot

beforeAll(() => {
  root = makeBusyboxRoot()
})

afterAll(() => root.remove())

test('a command changes no setting of the kernel', async () => {
  const script = `echo x > /proc/sys/kernel/core_pattern
    echo 1 > /proc/sys/vm/drop_caches
    echo x > /sys/kernel/uevent_helper
    echo 0 > /proc/irq/default_smp_affinity`
  const ran = await root.run(script)
  expect(ran.stderr.match(/Read-only file system|nonexistent/g)).toHaveLength(4)
})
