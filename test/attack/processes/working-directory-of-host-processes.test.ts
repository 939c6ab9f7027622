import { existsSync, readdirSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import { importBusybox } from '../../end-to-end/bases.ts'
import { createTsbuild } from '../../end-to-end/tsbuild.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const tsbuild = createTsbuild()
const outside = temporaryDirectory('outside')

beforeAll(() => importBusybox(tsbuild))

/** Before a process drops its privileges, it can access all processes in /proc, and their roots. */
test('a missing working directory is not created in the root of a process of the host', async () => {
  const setup = await tsbuild.run(
    'run',
    '--name',
    'link',
    'busybox',
    'ln',
    '-s',
    `/proc/${process.pid}/root${outside}`,
    '/way',
  )
  expect(setup.exitCode).toBe(0)
  await tsbuild.ok('commit', 'link', 'linked')
  await tsbuild.run('run', '--rm', '--pid', 'host', '-w', '/way/made', 'linked', 'true')
  await tsbuild.run('run', '--rm', '--pid', 'host', '-w', '/way/none/../made', 'linked', 'true')
  expect([existsSync(outside), readdirSync(outside)]).toEqual([true, []])
})
