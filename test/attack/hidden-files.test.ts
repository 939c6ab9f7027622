import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BusyboxRoot, makeBusyboxRoot } from '../sandbox-native/busybox-root.ts'

let root: BusyboxRoot

beforeAll(() => {
  root = makeBusyboxRoot()
})

afterAll(() => root.remove())

test('a command sees nothing of what Docker hides', async () => {
  const script = `cat /proc/kcore /proc/keys /proc/timer_list /proc/interrupts 2>/dev/null | wc -c
    ls /proc/acpi /proc/scsi /sys/firmware 2>/dev/null | grep -v : | grep -c .`
  expect((await root.run(script)).stdout.trim().split(/\s+/)).toEqual(['0', '0'])
})
