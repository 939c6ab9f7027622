import { execFileSync } from 'node:child_process'
import { beforeAll, expect, test } from 'vitest'
import { importBusybox } from '../end-to-end/bases.ts'
import { createTsbuild } from '../end-to-end/tsbuild.ts'
import { removeAfterFile } from '../support/removed-afterwards.ts'

const tsbuild = createTsbuild()

beforeAll(async () => {
  await importBusybox(tsbuild)
  execFileSync('mount', ['--bind', tsbuild.root, tsbuild.root])
  removeAfterFile(async () => void execFileSync('umount', [tsbuild.root]))
  execFileSync('mount', ['-o', 'remount,bind,ro', tsbuild.root])
})

test.each([
  ['container', ['create', 'busybox', 'true']],
  ['volume', ['volume', 'create', 'data']],
])('the first %s of a store on a read-only filesystem is refused with that reason', async (_, words) => {
  const { exitCode, stderr } = await tsbuild.run(...words)
  expect(stderr).toMatch(/^ERROR: Cannot create .*: read-only file system/)
  expect(exitCode).not.toBe(0)
})
