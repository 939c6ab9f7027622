import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { attempt } from '../../support/hostile-layer.ts'
import { rawTar } from '../../support/raw-tar.ts'

test('more bytes than the limit are refused before all of them are written', async () => {
  const bomb = gzipSync(rawTar([{ name: 'zeros', data: Buffer.alloc(8 << 20) }]))
  const { code, message } = await attempt(bomb, { limits: { maxBytes: 1 << 20 } })
  expect(code).toBe('TREE_ARCHIVE')
  expect(message).toContain('1048576')
})

test('more entries than the limit are refused', async () => {
  const many = Array.from({ length: 11 }, (_, number) => ({ name: `f${number}` }))
  expect((await attempt(many, { limits: { maxEntries: 10 } })).code).toBe('TREE_LIMIT')
})

test('a file whose header claims more bytes than the archive contains is refused', async () => {
  expect((await attempt([{ name: 'f', data: 'short', size: 8 ** 11 - 1 }])).code).toBe('TREE_ARCHIVE')
})

test('an extended header of gigabytes is refused without being read', async () => {
  const { code, message } = await attempt([{ name: 'pax', type: 'x', data: '', size: 2 ** 32 }, { name: 'f' }])
  expect(code).toBe('TREE_ARCHIVE')
  expect(message).toContain('4294967296')
})
