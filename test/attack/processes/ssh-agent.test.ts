import { chmodSync, copyFileSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { importBusybox } from '../../end-to-end/bases.ts'
import { createTsbuild } from '../../end-to-end/tsbuild.ts'
import { installProgram } from '../../support/install-program.ts'
import { type SshAgent, startSshAgent } from '../../support/ssh-agent.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const tsbuild = createTsbuild({ BUILDKIT_PROGRESS: 'plain' })
let room = ''
let agent: SshAgent

beforeAll(async () => {
  room = temporaryDirectory('agent')
  agent = startSshAgent(room)
  await importBusybox(tsbuild)
})

const ATTACKS = [
  'chmod 777 $SSH_AUTH_SOCK',
  'rm -f $SSH_AUTH_SOCK',
  '/usr/bin/ssh-add -q -D',
  '/usr/bin/ssh-add -q -d /key.pub',
]

test("a step signs with the keys of the agent, but can neither remove them nor change the agent's socket", async () => {
  const context = join(room, 'context')
  mkdirSync(context)
  installProgram('/usr/bin/ssh-add', join(context, 'root'))
  copyFileSync(agent.publicKey, join(context, 'root/key.pub'))
  chmodSync(agent.socket, 0o600)
  const steps = [
    'echo "socket=$(stat -c %u:%g:%a $SSH_AUTH_SOCK)"; /usr/bin/ssh-add -T /key.pub && echo "signed=yes"',
    ...ATTACKS,
  ]
  const lines = steps.map((step) => `RUN --mount=type=ssh,uid=1234,gid=4321,mode=640 ${step}; true`)
  writeFileSync(join(context, 'Dockerfile'), ['FROM busybox', 'COPY root /', ...lines, ''].join('\n'))
  const { exitCode, stderr } = await tsbuild.run('build', '--ssh', `default=${agent.socket}`, context)
  expect(exitCode, stderr).toBe(0)
  expect(stderr).toContain('socket=1234:4321:640')
  expect(stderr).toContain('signed=yes')
  expect(agent.keys()).toContain('key of the test')
  expect(statSync(agent.socket).mode & 0o777).toBe(0o600)
})
