import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BusyboxRoot, makeBusyboxRoot } from '../../sandbox-native/busybox-root.ts'

let root: BusyboxRoot

beforeAll(() => {
  root = makeBusyboxRoot()
})

afterAll(() => root.remove())

test('user files that never end or never answer do not block a step', async () => {
  for (const make of ['rm /etc/passwd; mkfifo /etc/passwd', 'rm /etc/passwd; ln -s /dev/zero /etc/passwd']) {
    await root.run(make)
    await expect(root.run('true', { process: { user: 'app' } })).rejects.toMatchObject({ code: 'SANDBOX_USER' })
  }
})
