import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BusyboxRoot, makeBusyboxRoot } from '../sandbox-native/busybox-root.ts'

let root: BusyboxRoot

beforeAll(() => {
  root = makeBusyboxRoot()
})

afterAll(() => root.remove())

test('a command sees and reaches no process of the host', async () => {
  const ran = await root.run(`ls -d /proc/[0-9]* | wc -l; kill -0 ${process.pid}`)
  expect(Number(ran.stdout)).toBeLessThan(9)
  expect(ran.stderr).toMatch(/No such process/)
})

test('a command can not look into the first process of its sandbox', async () => {
  const ran = await root.run(
    'ls /proc/1/root/ /proc/1/cwd/; readlink /proc/1/exe /proc/1/fd/*; cat /proc/1/environ /proc/1/fd/*',
  )
  expect(ran.stdout).toBe('')
  expect(ran.stderr).toContain('Permission denied')
})
