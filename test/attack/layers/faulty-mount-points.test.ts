import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createTsbuild } from '../../end-to-end/tsbuild.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const tsbuild = createTsbuild({ BUILDKIT_PROGRESS: 'plain' })
const room = temporaryDirectory('faulty')

test('an image that removes a missing /etc can be run, and gets no mount points in commits', async () => {
  await importTree('removed', (tree) => writeFileSync(join(tree, '.wh.etc'), ''))
  expect(await tsbuild.ok('run', '--name', 'box', '--network', 'none', 'removed', 'cat', '/etc/hostname')).toMatch(
    /^\w/,
  )
  expect(await tsbuild.ok('diff', 'box')).toBe('')
})

test('an image whose /etc is a file is refused by run', async () => {
  await importTree('file', (tree) => writeFileSync(join(tree, 'etc'), ''))
  const { exitCode, stderr } = await tsbuild.run('run', '--rm', '--network', 'none', 'file', 'true')
  expect(exitCode).toBe(125)
  expect(stderr).toContain('Cannot create the file "/etc/hosts" to mount on: Not a directory')
})

test.each([
  ['/etc/hosts', 'file', 'directory', (tree: string) => mkdirSync(join(tree, 'etc/hosts'), { recursive: true })],
  ['/proc', 'directory', 'file', (tree: string) => writeFileSync(join(tree, 'proc'), '')],
  ['/sys', 'directory', 'file', (tree: string) => execFileSync('mkfifo', [join(tree, 'sys')])],
  ['/dev', 'directory', 'file', (tree: string) => writeFileSync(join(tree, 'dev'), '')],
])(
  'a step over an image in which %s is not a %s is refused as an error of the image',
  async (path, wanted, found, plant) => {
    const name = path.slice(1).replace('/', '-')
    await importTree(name, plant)
    const { exitCode, stderr } = await tsbuild.with({ input: `FROM ${name}\nRUN true\n` }).run('build', '-')
    expect(stderr).toContain(`Cannot mount a ${wanted} at "${path}": a ${found} (expected a ${wanted}, or no file)`)
    expect(exitCode).toBe(65)
  },
)

async function importTree(name: string, plant: (tree: string) => void): Promise<void> {
  const tree = join(room, name)
  mkdirSync(join(tree, 'bin'), { recursive: true })
  copyFileSync('/bin/busybox', join(tree, 'bin/busybox'))
  for (const applet of ['sh', 'true', 'cat']) symlinkSync('busybox', join(tree, 'bin', applet))
  plant(tree)
  execFileSync('tar', ['-C', tree, '--owner=0', '--group=0', '-cf', `${tree}.tar`, '.'])
  await tsbuild.ok('import', `${tree}.tar`, name)
}
