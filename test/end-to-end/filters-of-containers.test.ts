import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { createJobContainer } from '../support/job-container.ts'
import { rawTar } from '../support/raw-tar.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { importBusybox } from './bases.ts'
import { createTsbuildUnder } from './tsbuild.ts'

const room = temporaryDirectory('filters')
const EPERM = 1
const ENOSYS = 38

const EOPNOTSUPP = 95
const O_TMPFILE = 0x410000

/** Builds in a container whose filter refuses these system calls, with this error each. */
const buildWithout = (...refused: readonly (readonly [number, ...string[]])[]) =>
  buildUnder(refused.map(([errnoRet, ...names]) => ({ names, errnoRet })))

function jobUnder(refused: readonly object[]) {
  const rules = refused.map((rule) => ({ action: 'SCMP_ACT_ERRNO', ...rule }))
  const profile = join(mkdtempSync(join(room, 'profile-')), 'seccomp.json')
  writeFileSync(profile, JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: rules }))
  return createTsbuildUnder(createJobContainer('--security-opt', `seccomp=${profile}`))
}

async function buildUnder(refused: readonly object[]) {
  const job = jobUnder(refused)
  await importBusybox(job)
  const context = mkdtempSync(join(job.root, '../context-'))
  writeFileSync(join(context, 'archive.tar.gz'), gzipSync(rawTar([{ name: 'added', data: 'content' }])))
  writeFileSync(
    join(context, 'Dockerfile'),
    'FROM busybox\nWORKDIR /a/b\nADD archive.tar.gz /\nRUN cat /added && id -u >/id && chown 5:6 /id && ls -ln /id\n',
  )
  return job.run('build', '--progress=plain', context)
}

test.each([
  ['docker before 20.10', EPERM],
  ['gVisor', ENOSYS],
])('a plain chroot needs no system calls that the filter of %s refuses', async (_, errno) => {
  const { stderr, exitCode } = await buildWithout(
    [EPERM, 'unshare', 'setns', 'mount'],
    [errno, 'openat2', 'close_range', 'pidfd_open', 'faccessat2', 'memfd_create', 'copy_file_range'],
  )
  expect(exitCode, stderr).toBe(0)
  expect(stderr).toContain('work in a plain chroot')
  expect(stderr).toMatch(/ 5 +6 .* \/id/)
})

test('a step whose owners cannot be emulated fails, and does not run with wrong IDs', async () => {
  const { stderr, exitCode } = await buildWithout([ENOSYS, 'chroot'])
  expect(stderr).toContain('Cannot emulate the owners of files: Function not implemented')
  expect(exitCode).toBe(78)
})

test('archives are added where files cannot be nameless, as on NFS and on overlays before Linux 6.1', async () => {
  const refused = (name: string, index: number) => ({
    names: [name],
    errnoRet: EOPNOTSUPP,
    args: [{ index, op: 'SCMP_CMP_MASKED_EQ', value: O_TMPFILE, valueTwo: O_TMPFILE }],
  })
  const { stderr, exitCode } = await buildUnder([refused('open', 1), refused('openat', 2)])
  expect(exitCode, stderr).toBe(0)
  expect(stderr).toMatch(/^#\d+ [\d.]+ content/m)
})

test('a store on a filesystem without hard links, such as exFAT, is refused with the reason', async () => {
  const job = jobUnder([{ names: ['link', 'linkat'], errnoRet: EPERM }])
  const archive = join(job.root, '../archive.tar')
  writeFileSync(archive, rawTar([{ name: 'file', data: 'content' }]))
  const { stderr, exitCode } = await job.run('import', archive)
  expect(stderr).toContain('the filesystem has no hard links (expected one such as ext4, xfs or tmpfs)')
  expect(exitCode).toBe(74)
})
