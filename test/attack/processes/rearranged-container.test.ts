import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { importBusybox } from '../../end-to-end/bases.ts'
import { createTsbuild } from '../../end-to-end/tsbuild.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const tsbuild = createTsbuild()
const room = temporaryDirectory('rearranged')
const outside = join(room, 'outside')
const ROUNDS = [1, 2, 3]

beforeAll(async () => {
  await importBusybox(tsbuild)
  mkdirSync(outside)
  writeFileSync(join(outside, 'file'), 'of the host\n')
  writeFileSync(join(room, 'brought'), 'brought\n')
  const script = `mkdir /q; echo own > /q/file
    while :; do mv -T /q /t; ln -s ${outside} /q; rm /q; mv -T /t /q; done 2>/dev/null`
  await tsbuild.ok('run', '-d', '--name', 'box', '--network', 'none', 'busybox', 'sh', '-c', script)
})

/** A container keeps exchanging a directory with a link to a directory of the host. */
test('cp neither reads nor writes outside of the container', async () => {
  for (const round of ROUNDS) {
    const copy = join(room, `copy-${round}`)
    await tsbuild.run('cp', 'box:/q/file', copy)
    if (existsSync(copy)) expect(readFileSync(copy, 'utf8')).toBe('own\n')
    await tsbuild.run('cp', join(room, 'brought'), 'box:/q/')
    await tsbuild.run('cp', '-L', 'box:/q', join(room, `tree-${round}`))
    expect(existsSync(join(room, `tree-${round}`, 'outside'))).toBe(false)
  }
  expect(readdirSync(outside)).toEqual(['file'])
})

test('export, diff and commit show nothing outside of the container', async () => {
  for (const _ of ROUNDS) {
    const exported = await tsbuild.run('export', 'box')
    const difference = await tsbuild.run('diff', 'box')
    expect(exported.stdout + difference.stdout).not.toContain('of the host')
  }
  await tsbuild.run('commit', 'box', 'committed')
  expect((await tsbuild.run('save', 'committed')).stdout).not.toContain('of the host')
})

test('exec uses no working directory outside of the container', async () => {
  for (const _ of ROUNDS) {
    const { stdout } = await tsbuild.run('exec', '-w', '/q', 'box', 'cat', 'file')
    expect(['own\n', '']).toContain(stdout)
  }
})
