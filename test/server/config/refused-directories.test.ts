import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { serverDirectory } from '../support/start-test-server.ts'

const program = resolve(import.meta.dirname, '../../../bin/tsbuild')
const directory = serverDirectory()
afterAll(() => rmSync(directory, { recursive: true, force: true }))

// Node's recursive mkdir() never returns below /proc.
test.each([
  ['dataDirectory', 'TSBUILD_SERVER_DATA_DIRECTORY', '/proc/absent/data'],
  ['storeDirectory', 'TSBUILD_SERVER_STORE_DIRECTORY', '/proc/absent/store'],
  ['dataDirectory', 'TSBUILD_SERVER_DATA_DIRECTORY', '/etc/passwd/data'],
])('a %s that cannot be created is refused immediately (%s=%s)', (setting, variable, path) => {
  const env = {
    ...process.env,
    TSBUILD_SERVER_LISTEN: '127.0.0.1:0',
    TSBUILD_SERVER_DATA_DIRECTORY: join(directory, 'data'),
    [variable]: path,
  }
  const { status, stderr, signal } = spawnSync(program, ['serve'], {
    env,
    encoding: 'utf8',
    timeout: 20_000,
    killSignal: 'SIGKILL',
  })
  expect([status, signal]).toEqual([65, null])
  expect(stderr).toContain(`Cannot create ${setting} "${path}"`)
  expect(stderr).toContain(`hint: Set ${setting}`)
})
