import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { attempt } from '../../support/hostile-layer.ts'

test.each(['.wh..', '.wh...', '.wh.', 'a/.wh..', 'a/.wh...'])('a whiteout named "%s" is refused', async (name) => {
  const { code } = await attempt([{ name: 'a/b', data: 'x' }, { name }])
  expect(code).toBe('TREE_ARCHIVE')
})

test('a whiteout behind a link deletes nothing outside', async () => {
  const { outside } = await attempt([
    { name: 'escape', type: '2', link: '../../outside' },
    { name: 'escape/.wh.precious' },
    { name: 'escape/.wh..wh..opq' },
  ])
  expect(readdirSync(outside)).toEqual(['precious'])
})

test('a whiteout of a name that leads outside is refused', async () => {
  const { code, outside } = await attempt([{ name: '../outside/.wh.precious' }])
  expect(code).toBe('TREE_ARCHIVE')
  expect(readdirSync(outside)).toEqual(['precious'])
})
