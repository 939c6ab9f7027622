import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Tsbuild } from './tsbuild.ts'

const APPLETS = [
  'sh',
  'true',
  'false',
  'cat',
  'echo',
  'ls',
  'sleep',
  'mkdir',
  'rm',
  'touch',
  'stat',
  'id',
  'env',
  'wget',
  'httpd',
  'kill',
  'dd',
  'chmod',
  'chown',
  'ln',
  'mv',
  'test',
  'ifconfig',
  'nc',
  'seq',
  'sync',
  'tail',
  'vi',
  'printf',
  'hostname',
  'mount',
  'ps',
  'grep',
  'tty',
  'stty',
]

/** Debian's static busybox as the image `busybox:latest`. */
export async function importBusybox(tsbuild: Tsbuild): Promise<void> {
  const tree = mkdtempSync(join(tmpdir(), 'tsbuild-busybox-'))
  try {
    for (const folder of ['bin', 'etc', 'root', 'tmp', 'var']) mkdirSync(join(tree, folder))
    copyFileSync('/bin/busybox', join(tree, 'bin/busybox'))
    for (const applet of APPLETS) symlinkSync('busybox', join(tree, 'bin', applet))
    writeFileSync(join(tree, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\nweb:x:1000:1000::/:/bin/sh\n')
    writeFileSync(join(tree, 'etc/group'), 'root:x:0:\nweb:x:1000:\n')
    const archive = join(tree, '..', `${tree.split('/').at(-1)}.tar`)
    execFileSync('tar', ['-C', tree, '--numeric-owner', '--owner=0', '--group=0', '-cf', archive, '.'])
    await tsbuild.ok('import', archive, 'busybox')
    rmSync(archive)
  } finally {
    rmSync(tree, { recursive: true })
  }
}

/** `python:3-slim`, built from Debian packages by the same script as `npm run hello`. */
export function makePythonBase(tsbuild: Tsbuild): void {
  const repository = resolve(import.meta.dirname, '../..')
  execFileSync('bash', ['scripts/python-base'], {
    cwd: repository,
    env: { ...process.env, TSBUILD_ROOT: tsbuild.root },
    stdio: 'pipe',
  })
}
