import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { importBusybox } from '../../end-to-end/bases.ts'
import { createTsbuild } from '../../end-to-end/tsbuild.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const tsbuild = createTsbuild()

beforeAll(() => importBusybox(tsbuild))

/** By default node answers this signal by opening a debugger, through which anyone could run code as the caller. */
test('SIGUSR1 ends a build and opens no debugger', async () => {
  const context = temporaryDirectory('debugger')
  writeFileSync(join(context, 'Dockerfile'), 'FROM busybox\nRUN --network=none echo running; sleep 100\n')
  const env = { ...process.env, TSBUILD_ROOT: tsbuild.root }
  const build = tsbuild.start(['build', '--progress=plain', context], { stdio: ['ignore', 'ignore', 'pipe'], env })
  let [text, outcome] = ['', '']
  build.on('exit', (code) => {
    outcome = `exit code ${code}`
  })
  build.stderr?.on('data', (part: Buffer) => {
    text += part
    if (text.includes('Debugger listening')) outcome = 'a debugger'
  })
  await expect.poll(() => text, { timeout: 30_000 }).toMatch(/ running\n/)
  build.kill('SIGUSR1')
  await expect.poll(() => outcome, { timeout: 30_000 }).not.toBe('')
  build.kill('SIGKILL')
  expect(outcome).toBe('exit code 138')
})
