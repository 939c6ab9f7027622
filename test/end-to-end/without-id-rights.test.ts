import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { createJobContainer } from '../support/job-container.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { importBusybox } from './bases.ts'
import { createTsbuildUnder, type Tsbuild } from './tsbuild.ts'

let job: Tsbuild
let room: string

beforeAll(async () => {
  job = createTsbuildUnder(createJobContainer('--cap-drop=SETUID', '--cap-drop=SETGID'))
  room = temporaryDirectory('id-rights')
  await importBusybox(job)
})

async function build(dockerfile: string) {
  writeFileSync(join(room, 'Dockerfile'), dockerfile)
  return job.run('build', '--progress=plain', room)
}

test('without SETUID and SETGID, steps run as the user of the job', async () => {
  const { stderr, exitCode } = await build('FROM busybox\nRUN test "$(id -u):$(id -g)" = 0:0\n')
  expect(exitCode, stderr).toBe(0)
})

test('without SETUID and SETGID, a step of another user is refused with the reason', async () => {
  const { stderr, exitCode } = await build('FROM busybox\nUSER 1000\nRUN true\n')
  expect(stderr).toMatch(/Cannot (set the \d groups of|become the) user "1000": Operation not permitted/)
  expect(stderr).toContain('The surrounding container must have the capabilities SETUID and SETGID')
  expect(exitCode).not.toBe(0)
})

test("with kaniko's capabilities only, without SETPCAP, steps run", async () => {
  const rights = ['SYS_CHROOT', 'MKNOD', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'SETUID', 'SETGID']
  const container = createJobContainer('--cap-drop=ALL', ...rights.map((name) => `--cap-add=${name}`))
  const hardened = createTsbuildUnder(container)
  await importBusybox(hardened)
  writeFileSync(
    join(room, 'Dockerfile'),
    'FROM busybox\nRUN echo x > /x && chown 5:6 /x\nUSER 1000\nRUN id -u | grep 1000\n',
  )
  const { stderr, exitCode } = await hardened.run('build', '--progress=plain', room)
  expect(exitCode, stderr).toBe(0)
})
