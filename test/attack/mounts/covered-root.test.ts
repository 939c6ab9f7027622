import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { createTsbuildUnder } from '../../end-to-end/tsbuild.ts'
import { createJobContainer, type JobContainer } from '../../support/job-container.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

/**
 * The container may mount but not change its root: docker's filter refuses pivot_root in containers that are not
 * privileged.
 */
let container: JobContainer
let room: string

beforeAll(() => {
  room = temporaryDirectory('attack-covered')
  const profile = join(room, 'profile.json')
  const denied = [{ names: ['pivot_root'], action: 'SCMP_ACT_ERRNO', errnoRet: 1 }]
  writeFileSync(profile, JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: denied }))
  execFileSync('cc', ['-O2', '-static', '-o', join(room, 'escape'), join(import.meta.dirname, 'covered-root.c')])
  container = createJobContainer('--cap-add=SYS_ADMIN', '--security-opt', `seccomp=${profile}`)
})

test.each([
  ['a volume', undefined],
  ['the overlay of the job', '/store'],
])('a step whose root covers that of the job cannot reach it: the store is on %s', async (_, store) => {
  const job = createTsbuildUnder(container, store === undefined ? {} : { TSBUILD_ROOT: store })
  writeFileSync(join(room, 'Dockerfile'), 'FROM scratch\nCOPY escape /\nRUN ["/escape"]\n')
  const { stderr, exitCode } = await job.run('build', '--progress=plain', '--no-cache', room)
  await job.close()
  expect(exitCode, stderr).toBe(0)
  const tried = stderr.split('\n').flatMap((line) => /^#\d+ [\d.]+ (.*)/.exec(line)?.[1] ?? [])
  expect(tried).toEqual([
    'climb: done, is inside',
    'join: Operation not permitted, is inside',
    'detach: Operation not permitted, is inside',
    'unshare: Operation not permitted, is inside',
    'detach again: Operation not permitted, is inside',
    'join again: Operation not permitted, is inside',
  ])
})

test('RUN --security=insecure is refused, because the step could uncover the root', async () => {
  const job = createTsbuildUnder(container)
  writeFileSync(join(room, 'Dockerfile'), 'FROM scratch\nCOPY escape /\nRUN --security=insecure ["/escape"]\n')
  const { stderr, exitCode } = await job.run('build', '--progress=plain', '--allow=security.insecure', room)
  await job.close()
  expect(exitCode).not.toBe(0)
  expect(stderr).toContain('Cannot change to the new root: Operation not permitted')
  expect(stderr).toContain('must allow pivot_root')
})

test('doctor reports what is not possible', async () => {
  const job = createTsbuildUnder(container)
  const { stdout } = await job.run('doctor')
  await job.close()
  expect(stdout).toMatch(/\[warn\] change of the root: .*containers and RUN --security=insecure are not possible/)
})
