import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { attempt } from '../../support/hostile-layer.ts'
import { shell, treeOf, workspace } from '../../support/trees.ts'

test.each(['../../outside', '/../../../../../../tmp', '../../../outside'])(
  'a file written through a link to "%s" stays in the tree',
  async (link) => {
    const { tree, outside } = await attempt([
      { name: 'escape', type: '2', link },
      { name: 'escape/planted', data: 'planted' },
    ])
    expect(readdirSync(outside)).toEqual(['precious'])
    expect(lstatSync(join(tree, 'escape')).isSymbolicLink()).toBe(true)
    const landed = join(tree, link.replaceAll('../', '').replace(/^\//, ''), 'planted')
    expect(readFileSync(landed, 'utf8')).toBe('planted')
  },
)

test('a file replaces a link of the same name and is not written through it', async () => {
  const { tree, outside } = await attempt([
    { name: 'target', type: '2', link: '../../outside/precious' },
    { name: 'target', data: 'planted' },
  ])
  expect(readFileSync(join(outside, 'precious'), 'utf8')).toBe('precious')
  expect(readFileSync(join(tree, 'target'), 'utf8')).toBe('planted')
})

test('a link in the base is resolved within the tree', async () => {
  const base = workspace()
  shell(base, 'mkdir -p usr/lib; ln -s usr/lib lib')
  const { tree } = await attempt([{ name: 'lib/new', data: 'x' }], { base: [treeOf(base)] })
  expect(readFileSync(join(tree, 'usr/lib/new'), 'utf8')).toBe('x')
  expect(readdirSync(tree)).toEqual(['usr'])
})

test('circular links are refused', async () => {
  const { code } = await attempt([
    { name: 'a', type: '2', link: 'b' },
    { name: 'b', type: '2', link: 'a' },
    { name: 'a/x', data: 'x' },
  ])
  expect(code).toBe('TREE_LINKS')
})
