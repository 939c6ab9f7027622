import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BusyboxRoot, makeBusyboxRoot } from '../sandbox-native/busybox-root.ts'

let root: BusyboxRoot

beforeAll(() => {
  root = makeBusyboxRoot()
})

afterAll(() => root.remove())

test('a command makes no namespaces in which it would be mighty', async () => {
  for (const flag of ['-U', '-m', '-n', '-p', '-i', '-u']) {
    expect((await root.run(`unshare ${flag} true`)).stderr).toContain('Operation not permitted')
  }
})
