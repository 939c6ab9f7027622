import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { attempt } from '../../support/hostile-layer.ts'
import { rawTar } from '../../support/raw-tar.ts'

const good = rawTar([
  { name: 'a', data: 'a'.repeat(3000) },
  { name: 'b', data: 'b' },
])

test('an archive that is truncated within a file is refused', async () => {
  expect((await attempt(good.subarray(0, 2048))).code).toBe('TREE_ARCHIVE')
})

test('an archive whose compressed stream is truncated is refused', async () => {
  const packed = gzipSync(good)
  expect((await attempt(packed.subarray(0, packed.length - 6))).code).toBe('TREE_ARCHIVE')
})

test('a header with a wrong checksum is refused', async () => {
  const bad = Buffer.from(good)
  bad[0] = 0x7a
  expect((await attempt(bad)).code).toBe('TREE_ARCHIVE')
})

test('malformed extended records are refused', async () => {
  for (const data of ['99 path=x\n', '4 a\n', 'x', '0 =\n', '18446744073709551616 a=b\n']) {
    expect((await attempt([{ name: 'pax', type: 'x', data }, { name: 'f' }])).code).toBe('TREE_ARCHIVE')
  }
})

test('data that is not an archive is refused', async () => {
  expect((await attempt(Buffer.alloc(4096, 'x'))).code).toBe('TREE_ARCHIVE')
})
