import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, expect, test } from 'vitest'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const program = resolve(import.meta.dirname, '../../bin/tsbuild')
const room = temporaryDirectory('within-chroot')
const context = join(room, 'context')
const env = { ...process.env, TSBUILD_ROOT: join(room, 'store'), DOCKER_CONFIG: join(room, 'docker') }
/** Like a root of debootstrap: its directories are mounts, itself is none. They end with the mount namespace. */
const WITHIN = `set -e
for path in /*; do
  if [ -L "$path" ]; then cp -P "$path" "$0$path"
  elif [ -d "$path" ]; then mkdir "$0$path"; mount --bind "$path" "$0$path"; fi
done
exec chroot "$0" "$@"`

const within = (...words: string[]) => execute(WITHIN, words)

async function execute(script: string, words: readonly string[]) {
  const root = mkdtempSync(join(room, 'root-'))
  const command = ['--mount', '--propagation', 'private', 'sh', '-c', script, root, program, ...words]
  return promisify(execFile)('unshare', command, { env })
}

beforeAll(() => {
  mkdirSync(context)
  copyFileSync('/bin/busybox', join(context, 'busybox'))
  writeFileSync(
    join(context, 'Dockerfile'),
    'FROM scratch\nCOPY busybox /busybox\nRUN ["/busybox", "mkdir", "/made"]\nRUN ["/busybox", "ls", "-d", "/made"]\n',
  )
})

test('root builds in a chroot whose mounts cannot be separated, with steps in a plain chroot', async () => {
  const { stderr } = await within('build', '--progress=plain', '-t', 'within', context)
  expect(stderr).toContain('RUN steps work in a plain chroot')
  expect(stderr).toMatch(/^#\d+ [\d.]+ \/made$/m)
})

test('doctor names the reason', async () => {
  const { stdout } = await within('doctor')
  expect(stdout).toMatch(/isolation of steps: in a plain chroot, .*the root directory is not a mount point/)
})

test('without a mounted /proc, as after debootstrap, the error names it', async () => {
  const script = WITHIN.replace('exec chroot', 'umount --lazy "$0/proc"\nexec chroot')
  const { stderr } = await execute(script, ['build', context]).catch((error: { stderr: string }) => error)
  expect(stderr).toContain('Cannot start tsbuild: /proc is not mounted\n')
  expect(stderr).toContain('hint: Mount it: mount -t proc proc /proc')
})
