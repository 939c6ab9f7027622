import { lstatSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { attempt } from '../../support/hostile-layer.ts'
import { shell, treeOf, workspace } from '../../support/trees.ts'

test.each(['../outside/precious', '/etc/passwd', 'missing', 'self', 'directory'])(
  'a hard link to "%s" is refused',
  async (link) => {
    const { code, outside } = await attempt([
      { name: 'directory/', type: '5', mode: 0o755 },
      { name: 'self', type: '1', link },
    ])
    expect(code).toBe('TREE_ARCHIVE')
    expect(lstatSync(join(outside, 'precious')).nlink).toBe(1)
  },
)

test('a hard link whose target path contains a link stays in the tree', async () => {
  const { code, outside } = await attempt([
    { name: 'escape', type: '2', link: '../../outside' },
    { name: 'stolen', type: '1', link: 'escape/precious' },
  ])
  expect(code).toBe('TREE_ARCHIVE')
  expect(lstatSync(join(outside, 'precious')).nlink).toBe(1)
})

test('a hard link to a file of the base copies that file up', async () => {
  const base = workspace()
  shell(base, 'echo lower > file; chmod 4755 file')
  const { tree } = await attempt([{ name: 'again', type: '1', link: 'file' }], { base: [treeOf(base)] })
  expect(readFileSync(join(tree, 'again'), 'utf8')).toBe('lower\n')
  expect(statSync(join(tree, 'again')).mode & 0o7777).toBe(0o4755)
  expect(statSync(join(tree, 'file')).ino).toBe(statSync(join(tree, 'again')).ino)
  expect(statSync(join(base, 'file')).nlink).toBe(1)
})
