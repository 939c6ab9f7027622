import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createJobContainer, type JobContainer } from '../support/job-container.ts'
import { createTsbuildUnder, type Tsbuild } from './tsbuild.ts'

/** As in Kubernetes' default container: user namespaces are allowed, and the store is on the container's own overlay. */
let container: JobContainer
let job: Tsbuild
let room: string

beforeAll(() => {
  container = createJobContainer('--security-opt', 'seccomp=unconfined')
  job = createTsbuildUnder(container, { TSBUILD_ROOT: '/store' })
  room = mkdtempSync(join(tmpdir(), 'tsbuild-overlay-context-'))
  copyFileSync('/bin/busybox', join(room, 'sh'))
})

afterAll(async () => {
  await job.close()
  container.remove()
  rmSync(room, { recursive: true })
})

test('a step runs in a plain chroot where no overlay can be mounted', async () => {
  writeFileSync(
    join(room, 'Dockerfile'),
    'FROM scratch\nCOPY sh /bin/sh\nRUN echo one >/a\nRUN read word </a; echo "$word two"\n',
  )
  const { exitCode, stderr } = await job.run('build', '--progress=plain', room)
  expect(exitCode, stderr).toBe(0)
  expect(stderr).toContain('plain chroot')
  expect(stderr).toContain('one two')
})

test('doctor gives the reason', async () => {
  const { stdout, exitCode } = await job.run('doctor')
  expect(stdout).toMatch(/\[warn\] isolation of steps: in a plain chroot, not confined .*the store itself is on one/)
  expect(exitCode).toBe(0)
})
