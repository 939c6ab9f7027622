import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { attempt } from '../../support/hostile-layer.ts'

test('an absolute name is resolved below the root of the tree', async () => {
  const { tree, code } = await attempt([{ name: '/tmp/tsbuild-planted', data: 'planted' }])
  expect(code).toBeUndefined()
  expect(readFileSync(join(tree, 'tmp/tsbuild-planted'), 'utf8')).toBe('planted')
  expect(existsSync('/tmp/tsbuild-planted')).toBe(false)
})
