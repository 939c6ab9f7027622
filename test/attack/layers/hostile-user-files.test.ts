import { beforeAll, expect, test } from 'vitest'
import { findBinary } from '../../../sandbox-native/driver/index.ts'
import { type BusyboxRoot, makeBusyboxRoot } from '../../sandbox-native/busybox-root.ts'

let root: BusyboxRoot

beforeAll(() => {
  root = makeBusyboxRoot()
})

test('user files that never end or never answer do not block a step', async () => {
  for (const make of ['rm /etc/passwd; mkfifo /etc/passwd', 'rm /etc/passwd; ln -s /dev/zero /etc/passwd']) {
    await root.run(make)
    await expect(root.run('true', { process: { user: 'app' } })).rejects.toMatchObject({ code: 'SANDBOX_USER' })
  }
})

/** Reading has side effects there: /proc/kmsg shows each message of the host's kernel only once. */
test("user files that lead to the kernel's files are not read", async () => {
  const binary = findBinary(process.env)
  const searchPath = `${process.env['PATH']}:\nplanted:x:7:7::/:/bin/sh`
  const planted = makeBusyboxRoot({ binary, env: { ...process.env, PATH: searchPath } })
  try {
    await planted.run('rm /etc/passwd; ln -s /proc/self/environ /etc/passwd')
    await expect(planted.run('id -u', { process: { user: 'planted' } })).rejects.toMatchObject({ code: 'SANDBOX_USER' })
  } finally {
    planted.remove()
  }
})
