import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { importBusybox } from '../../end-to-end/bases.ts'
import { createTsbuild } from '../../end-to-end/tsbuild.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const tsbuild = createTsbuild({ BUILDKIT_PROGRESS: 'plain' })
const context = temporaryDirectory('opaque')

beforeAll(() => importBusybox(tsbuild))

test('the opaque attribute set by a step has the same effect for every reader of the image', async () => {
  mkdirSync(join(context, 'root/d'), { recursive: true })
  execFileSync('cc', ['-static', '-o', join(context, 'root/mark'), join(import.meta.dirname, 'opaque-attribute.c')])
  writeFileSync(join(context, 'root/d/below'), 'below\n')
  const lines = [
    'FROM busybox AS base',
    'COPY root /',
    'RUN touch /d/above; /mark /d',
    'FROM busybox',
    'COPY --from=base /d /d',
    'RUN echo "copied=$(ls /d | tr "\\n" " ")"',
    'RUN --mount=from=base,target=/base echo "mounted=$(ls /base/d | tr "\\n" " ")"',
  ]
  writeFileSync(join(context, 'Dockerfile'), `${lines.join('\n')}\n`)
  const { exitCode, stderr } = await tsbuild.run('build', '--tag', 'image', context)
  expect(exitCode, stderr).toBe(0)
  await tsbuild.ok('build', '--tag', 'base', '--target', 'base', context)
  expect(await tsbuild.ok('run', '--rm', '--network', 'none', 'base', 'ls', '/d')).toBe('above\nbelow')
  expect(stderr).toContain('copied=above below')
  expect(stderr).toContain('mounted=above below')
  const archive = join(context, 'base.tar')
  await tsbuild.ok('build', '--target', 'base', '--output', `type=tar,dest=${archive}`, context)
  const listed = execFileSync('tar', ['-tf', archive], { encoding: 'utf8' }).split('\n')
  expect(listed).toEqual(expect.arrayContaining(['d/above', 'd/below']))
  await tsbuild.ok('save', '--output', archive, 'base')
  const list =
    'mkdir s && tar -C s -xf base.tar && for b in s/blobs/sha256/*; do zcat -f $b | tar -t 2>/dev/null; done; true'
  expect(execFileSync('sh', ['-c', list], { cwd: context, encoding: 'utf8' })).not.toContain('.wh..wh..opq')
})
