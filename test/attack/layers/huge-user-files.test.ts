import { beforeAll, expect, test } from 'vitest'
import { type BusyboxRoot, makeBusyboxRoot } from '../../sandbox-native/busybox-root.ts'

let root: BusyboxRoot

beforeAll(() => {
  root = makeBusyboxRoot()
})

/** The relevant line is beyond the limit that is read of an untrusted file. */
test('a user beyond the read limit of /etc/passwd is refused, root is not', async () => {
  const late =
    'dd if=/dev/zero of=/etc/passwd bs=1 count=1 seek=20000000 conv=notrunc; echo "late:x:7:7::/:" >> /etc/passwd'
  await root.run(late)
  await expect(root.run('true', { process: { user: 'late' } })).rejects.toMatchObject({
    code: 'SANDBOX_USER',
    message: "Cannot read the image's /etc/passwd: it has more than 16777216 bytes",
  })
  expect((await root.run('id -u; head -n 2 /etc/passwd > /p; cat /p > /etc/passwd')).stdout).toBe('0\n')
})

test('a user whose groups are beyond the read limit of /etc/group is refused instead of run without them', async () => {
  await root.run('dd if=/dev/zero of=/etc/group bs=1 count=1 seek=20000000; echo "late:x:7:app" >> /etc/group')
  await expect(root.run('true', { process: { user: 'app' } })).rejects.toMatchObject({
    message: "Cannot read the image's /etc/group: it has more than 16777216 bytes",
  })
  expect((await root.run('id -g', { process: { user: 'app:44' } })).stdout).toBe('44\n')
})

test('a user in more groups than the kernel allows is refused with their number', async () => {
  await root.run(
    `i=100; while [ $i -lt 70100 ]; do echo g:x:$i:app; i=$((i + 1)); done > /etc/group
    echo app:x:5:5::/:/bin/sh > /etc/passwd`,
    { process: { user: '0:0' } },
  )
  await expect(root.run('true', { process: { user: 'app' } })).rejects.toMatchObject({
    message: expect.stringMatching(/^Cannot set the 70001 groups of user "app": Invalid argument/),
  })
})
