import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { attempt } from '../../support/hostile-layer.ts'

test('the later of two entries with the same name is kept', async () => {
  const { tree } = await attempt([
    { name: 'f', data: 'first', mode: 0o4755 },
    { name: './f', data: 'second', mode: 0o600 },
  ])
  expect(readFileSync(join(tree, 'f'), 'utf8')).toBe('second')
  expect(lstatSync(join(tree, 'f')).mode & 0o7777).toBe(0o600)
})

test('a directory that is replaced with a link does not redirect later files', async () => {
  const { tree, outside } = await attempt([
    { name: 'd/', type: '5', mode: 0o755 },
    { name: 'd/before', data: 'x' },
    { name: 'd', type: '2', link: '../../outside' },
    { name: 'd/after', data: 'planted' },
  ])
  expect(readdirSync(outside)).toEqual(['precious'])
  expect(readdirSync(tree).sort()).toEqual(['d', 'outside'])
})

test('a hard link to an existing file does not change that file', async () => {
  const { tree } = await attempt([
    { name: 'a', data: 'a' },
    { name: 'b', type: '1', link: 'a' },
    { name: 'b', data: 'b' },
  ])
  expect(readFileSync(join(tree, 'a'), 'utf8')).toBe('a')
  expect(readFileSync(join(tree, 'b'), 'utf8')).toBe('b')
})
