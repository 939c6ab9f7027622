import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BusyboxRoot, makeBusyboxRoot } from '../sandbox-native/busybox-root.ts'

let root: BusyboxRoot

beforeAll(() => {
  root = makeBusyboxRoot()
})

afterAll(() => root.remove())

test('a command in a chroot of its own climbs no higher than its root', async () => {
  const script = `mkdir -p /jail/bin && cp /bin/busybox /jail/bin/sh && ls -di / | tr -s ' ' > /inode
    chroot /jail /bin/sh -c 'cd ../../../../../../..; pwd' ; cd /proc/self/root/../../..; ls -a | tr '\\n' ' '`
  expect((await root.run(script)).stdout).toBe('/\n. .. bin dev etc inode jail proc sys ')
})
