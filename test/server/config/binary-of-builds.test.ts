import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { serverDirectory } from '../support/start-test-server.ts'

const program = resolve(import.meta.dirname, '../../../bin/tsbuild')
const directory = serverDirectory()
afterAll(() => rmSync(directory, { recursive: true, force: true }))

test.each([
  ['serve', '/absent/tsbuild-sandbox', 'Cannot find'],
  ['serve', '/bin/true', 'the binary ended early'],
  ['worker', '/bin/true', 'the binary ended early'],
])('tsbuild %s with the binary %s is refused before it accepts or takes builds', (command, binary, text) => {
  const env = {
    ...process.env,
    TSBUILD_SANDBOX: binary,
    TSBUILD_SERVER_LISTEN: '127.0.0.1:0',
    TSBUILD_SERVER_DATA_DIRECTORY: directory,
    ...(command === 'worker' && { TSBUILD_SERVER_DATABASE: 'postgres://127.0.0.1:1/none' }),
  }
  const { status, stdout, stderr } = spawnSync(program, [command], { env, encoding: 'utf8', timeout: 30_000 })
  expect([status, stdout]).toEqual([expect.any(Number), ''])
  expect(status).not.toBe(0)
  expect(stderr).toContain(text)
})
