import { spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const program = resolve(import.meta.dirname, '../../../bin/tsbuild')
const directory = temporaryDirectory('cli')
const opened = openSync(directory, 'r')
afterAll(() => {
  closeSync(opened)
})

test.each([['build', '-'], ['import', '-'], ['load'], ['login', '-u', 'me', '--password-stdin', 'localhost:1']])(
  'a directory as standard input of %s is refused',
  (...args) => {
    const env = { ...process.env, TSBUILD_ROOT: join(directory, 'store') }
    const { status, stderr } = spawnSync(program, args, { env, encoding: 'utf8', stdio: [opened, 'pipe', 'pipe'] })
    expect([status, stderr]).toEqual([
      66,
      'ERROR: Cannot read standard input: it is a directory (expected a file or a pipe)\n',
    ])
  },
)

test('a command that reads nothing ignores it', () => {
  const { status } = spawnSync(program, ['--version'], { stdio: [opened, 'ignore', 'ignore'] })
  expect(status).toBe(0)
})
