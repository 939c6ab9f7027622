import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { importBusybox } from './bases.ts'
import { createTsbuild } from './tsbuild.ts'

const tsbuild = createTsbuild()
const room = temporaryDirectory('exported')

/** SPEC: moby daemon/initlayer: what docker creates in the root filesystem of every container. */
const MOUNT_POINTS =
  '.dockerenv dev/ dev/console dev/pts/ dev/shm/ etc/hostname etc/hosts etc/mtab etc/resolv.conf proc/ sys/'

test('an exported container contains the mount points of docker, so that its tree can be started', async () => {
  await importBusybox(tsbuild)
  await tsbuild.ok('create', '--name', 'plain', 'busybox', 'true')
  const file = join(room, 'plain.tar')
  await tsbuild.ok('export', '-o', file, 'plain')
  const names = execFileSync('tar', ['-tf', file], { encoding: 'utf8' }).split('\n')
  expect(names).toEqual(expect.arrayContaining(MOUNT_POINTS.split(' ')))
  expect(await tsbuild.ok('diff', 'plain')).toBe('')
})

test("an exported container contains its image's own /etc/hosts", async () => {
  const tree = join(room, 'tree')
  mkdirSync(join(tree, 'etc'), { recursive: true })
  writeFileSync(join(tree, 'etc/hosts'), '10.0.0.1 own\n')
  const [image, exported] = [join(room, 'image.tar'), join(room, 'exported.tar')]
  execFileSync('tar', ['-C', tree, '-cf', image, '.'])
  await tsbuild.ok('import', image, 'own')
  await tsbuild.ok('create', '--name', 'own', 'own', 'true')
  await tsbuild.ok('export', '-o', exported, 'own')
  const out = join(room, 'out')
  mkdirSync(out)
  execFileSync('tar', ['-C', out, '-xf', exported, 'etc'])
  expect(readFileSync(join(out, 'etc/hosts'), 'utf8')).toBe('10.0.0.1 own\n')
  expect(readFileSync(join(out, 'etc/hostname'), 'utf8')).toBe('')
})

test('programs recognize a container by /.dockerenv, which is not committed', async () => {
  await tsbuild.ok('run', '--name', 'seen', '--network', 'none', 'busybox', 'sh', '-c', 'ls /.dockerenv')
  await tsbuild.ok('commit', 'seen', 'committed')
  expect(await tsbuild.ok('image', 'diff', 'busybox', 'committed')).toContain('Files: 0 added, 0 changed, 0 removed')
})
