import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'

const program = resolve(import.meta.dirname, '../../../bin/tsbuild')
const APPLETS = [
  'sh',
  'sleep',
  'echo',
  'cat',
  'base64',
  'env',
  'seq',
  'tr',
  'wget',
  'nc',
  'ls',
  'true',
  'false',
  'id',
  'printf',
  'find',
  'timeout',
]

/** Adds Debian's static busybox to a store as `busybox:latest`. */
export function importBusyboxInto(store: string, scratch: string): void {
  const tree = join(scratch, 'busybox-tree')
  for (const folder of ['bin', 'etc', 'tmp']) mkdirSync(join(tree, folder), { recursive: true })
  copyFileSync('/bin/busybox', join(tree, 'bin/busybox'))
  for (const applet of APPLETS) symlinkSync('busybox', join(tree, 'bin', applet))
  const archive = join(scratch, 'busybox.tar')
  const tar = spawnSync('tar', ['-C', tree, '--owner=0', '--group=0', '-cf', archive, '.'])
  const load = spawnSync(program, ['--root', store, 'import', archive, 'busybox'], { encoding: 'utf8' })
  if (tar.status !== 0 || load.status !== 0) throw new Error(`busybox was not imported: ${load.stderr}`)
}
