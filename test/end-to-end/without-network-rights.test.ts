import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { createJobContainer, type JobContainer } from '../support/job-container.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { importBusybox } from './bases.ts'
import { createTsbuildUnder, type Tsbuild } from './tsbuild.ts'

/** CAP_SYS_ADMIN without CAP_NET_ADMIN: networks can be created, but not configured. */
let container: JobContainer
let job: Tsbuild
let room: string

beforeAll(async () => {
  container = createJobContainer('--cap-add=SYS_ADMIN', '--device=/dev/net/tun')
  job = createTsbuildUnder(container)
  room = temporaryDirectory('network-rights')
  await importBusybox(job)
})

test('without CAP_NET_ADMIN, steps use the network of the job, or none', async () => {
  writeFileSync(
    join(room, 'Dockerfile'),
    'FROM busybox\nRUN true\nRUN --network=none cat /proc/net/dev && ! wget 127.0.0.1 2>/dev/null\n',
  )
  const { stderr, exitCode } = await job.run('build', '--progress=plain', room)
  expect(exitCode, stderr).toBe(0)
  expect(stderr).toContain(
    "Cannot set up a private network (expected CAP_NET_ADMIN): the command uses the host's network",
  )
  expect(stderr).toContain("CAP_NET_ADMIN is missing: the loopback interface of the command's network is down")
  expect(stderr.match(/^#\d+ [\d.]+ +\w+:/gm)).toHaveLength(1)
})

test('without CAP_NET_ADMIN, a container with a private network is refused with a reason', async () => {
  const { stderr, exitCode } = await job.run('run', '--rm', 'busybox', 'true')
  expect(stderr).toContain('Cannot connect a private network: the capability NET_ADMIN is missing')
  expect(exitCode).toBe(125)
})
