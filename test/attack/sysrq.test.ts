import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BusyboxRoot, makeBusyboxRoot } from '../sandbox-native/busybox-root.ts'

let root: BusyboxRoot

beforeAll(() => {
  root = makeBusyboxRoot()
})

afterAll(() => root.remove())

test('a command can not write to the trigger of the host', async () => {
  const ran = await root.run('echo h > /proc/sysrq-trigger')
  expect(ran.stderr).toMatch(/Read-only file system|nonexistent/) // some kernels have none
})
