import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { attempt } from '../../support/hostile-layer.ts'

test.each(['../outside/planted', 'a/../../outside/planted', '../../etc/planted', 'a/b/../../../x'])(
  'a layer entry named "%s" is refused',
  async (name) => {
    const { code, outside } = await attempt([{ name, data: 'planted' }])
    expect(code).toBe('TREE_ARCHIVE')
    expect(readdirSync(outside)).toEqual(['precious'])
  },
)

test('a long name in an extended header that leads outside is refused too', async () => {
  const { code, outside } = await attempt([{ name: 'x', pax: { path: '../outside/planted' }, data: 'planted' }])
  expect(code).toBe('TREE_ARCHIVE')
  expect(readdirSync(outside)).toEqual(['precious'])
})
