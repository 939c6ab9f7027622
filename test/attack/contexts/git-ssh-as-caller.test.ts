import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { runInProcess } from '../../cli/support/run-in-process.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const directory = temporaryDirectory('cli')
const socket = join(directory, 'agent.sock')
const received = join(directory, 'said')
let agent: Server

/** Replaces ssh: prints its arguments, and fails. */
const SSH = `#!/bin/sh\necho "agent=$SSH_AUTH_SOCK; $*" >> ${received}\nexit 255\n`

beforeAll(async () => {
  mkdirSync(join(directory, 'bin'))
  writeFileSync(join(directory, 'bin/ssh'), SSH, { mode: 0o755 })
  mkdirSync(join(directory, 'context'))
  writeFileSync(join(directory, 'context/Dockerfile'), 'FROM scratch\nADD git@one.invalid:some/project /\n')
  agent = createServer()
  await new Promise<void>((resolve) => agent.listen(socket, resolve))
})

beforeEach(() => rmSync(received, { force: true }))

afterAll(async () => {
  await new Promise((resolve) => agent.close(resolve))
})

async function sshStartedBy(...words: readonly string[]): Promise<string> {
  const env = { PATH: `${join(directory, 'bin')}:${process.env['PATH']}`, SSH_AUTH_SOCK: '/of/the/caller' }
  const { code } = await runInProcess(['build', ...words], {
    root: join(directory, 'store'),
    env,
    cwd: directory,
  })
  expect(code).not.toBe(0)
  return readFileSync(received, 'utf8')
}

test('a server that only the Dockerfile names is contacted without agent, keys and settings of the caller', async () => {
  const started = await sshStartedBy('context')
  expect(started).toContain('agent=; ')
  expect(started).toContain('-F none -o IdentityFile=none')
})

test('a server that only the Dockerfile names is contacted with the agent of --ssh', async () => {
  const started = await sshStartedBy('--ssh', `default=${socket}`, 'context')
  expect(started).toContain(`agent=${socket}; -F none -o IdentityFile=none`)
})

test.each([
  ['ssh://git@one.invalid/some/project.git'],
  ['--build-context', 'x=git@one.invalid:other/project', 'context'],
])('a server that the command line names is contacted as the caller: %s %s', async (...words) => {
  const started = await sshStartedBy(...words)
  expect(started).toContain('agent=/of/the/caller; ')
  expect(started).not.toContain('-F none')
})
