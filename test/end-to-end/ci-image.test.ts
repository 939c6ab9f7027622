import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, cpSync, mkdirSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { installProgram } from '../support/install-program.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { createTsbuild, type Tsbuild } from './tsbuild.ts'

const repository = resolve(import.meta.dirname, '../..')
const APPLETS = ['sh', 'env', 'readlink', 'mkdir', 'cp', 'printf', 'id', 'uname', 'dirname']
/** Whether npm kept the installed packages. */
const CACHED = 'fs.existsSync("/root/.npm/_cacache")'
const room = temporaryDirectory('image')
let tsbuild: Tsbuild

beforeAll(async () => {
  tsbuild = createTsbuild()
  await tsbuild.ok('import', archiveOfNode(), 'node-base')
})

/** Node, npm and busybox, as in a base image. */
function archiveOfNode(): string {
  const root = join(room, 'root')
  for (const name of ['bin', 'usr/bin', 'tmp', 'etc', 'lib/node_modules'])
    mkdirSync(join(root, name), { recursive: true })
  chmodSync(join(root, 'tmp'), 0o1777)
  installProgram(process.execPath, root)
  const npm = join(execFileSync('npm', ['root', '--global'], { encoding: 'utf8' }).trim(), 'npm')
  cpSync(npm, join(root, 'lib/node_modules/npm'), { recursive: true })
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'bin/npm'))
  symlinkSync(process.execPath, join(root, 'bin/node'))
  symlinkSync('/bin/env', join(root, 'usr/bin/env'))
  copyFileSync('/bin/busybox', join(root, 'bin/busybox'))
  for (const applet of APPLETS) symlinkSync('busybox', join(root, 'bin', applet))
  const archive = join(room, 'node.tar')
  execFileSync('tar', ['-C', root, '--owner=0', '--group=0', '-cf', archive, '.'])
  return archive
}

test('the CI image builds with RUN, as root in a default container and as a user with a single ID', async () => {
  const packages = join(room, 'packages')
  execFileSync(process.execPath, [join(repository, 'scripts/pack.mjs'), '--host-only', '--to', packages])
  const file = join(repository, 'examples/image/Dockerfile')
  await tsbuild.ok('build', '--network', 'none', '--build-arg', 'BASE=node-base', '-t', 'ci', '-f', file, packages)
  const { stdout: kept } = await tsbuild.run('run', '--rm', '--network', 'none', 'ci', 'node', '-p', CACHED)
  expect(kept).toBe('false\n')
  const dockerfile = 'FROM scratch\\nCOPY busybox /busybox\\nRUN ["/busybox", "touch", "/built"]\\n'
  const script = `id -u && cd /tmp && mkdir c && cp /bin/busybox c && printf '${dockerfile}' >c/Dockerfile && exec tsbuild -q c`
  const build = async (uid: number, ...flags: string[]) => {
    const job = ['--rm', '--network', 'host', ...flags]
    const { stdout, stderr, exitCode } = await tsbuild.run('run', ...job, 'ci', 'sh', '-c', script)
    expect(exitCode, stderr).toBe(0)
    expect(stdout).toMatch(new RegExp(`^${uid}\\nsha256:[0-9a-f]{64}\\n$`))
  }
  await build(0)
  await build(1000, '--user', '1000:1000', '--tmpfs', '/tmp:exec', '--security-opt', 'seccomp=unconfined')
})
