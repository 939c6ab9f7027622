import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BusyboxRoot, makeBusyboxRoot } from '../sandbox-native/busybox-root.ts'

let root: BusyboxRoot

beforeAll(() => {
  root = makeBusyboxRoot()
})

afterAll(() => root.remove())

test('a command can mount nothing', async () => {
  const ran = await root.run(
    'mkdir /m; mount -t tmpfs none /m; mount -o bind / /m; mount -o remount,rw /sys; umount /proc',
  )
  expect(ran.stderr.match(/ermission denied|not permitted/g)).toHaveLength(4)
})
