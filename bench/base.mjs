import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { quietly } from './quietly.mjs'

/** The same small base image for all, `bench-base`: Debian's static busybox. */
export function importBase(directory, builders) {
  const tree = join(directory, 'base')
  mkdirSync(join(tree, 'bin'), { recursive: true })
  mkdirSync(join(tree, 'tmp'))
  copyFileSync('/bin/busybox', join(tree, 'bin/busybox'))
  for (const name of ['sh', 'true', 'echo', 'sleep']) execFileSync('ln', ['-s', 'busybox', join(tree, 'bin', name)])
  const archive = join(directory, 'base.tar')
  execFileSync('tar', ['-C', tree, '--numeric-owner', '--owner=0', '--group=0', '-cf', archive, '.'])
  for (const builder of builders) quietly(builder, ['import', archive, 'bench-base'])
}
