import { expect, test } from 'vitest'
import { byteSize } from '../../notation/index.ts'

test.each([
  ['64m', 64 << 20],
  ['1.5GiB', 1536 << 20],
  ['512', 512],
  ['512b', 512],
  ['64 KB', 64 << 10],
  ['2t', 2 * 1024 ** 4],
  ['0.5', 0],
  ['-1', undefined],
  ['1e3', 1000],
  ['.5g', 512 << 20],
  ['2.k', 2048],
  ['1.5.2', undefined],
  ['.', undefined],
  ['', undefined],
  ['m', undefined],
  ['64  m', undefined],
  ['9999999p', undefined],
])('byteSize(%s)', (text, bytes) => expect(byteSize(text)).toBe(bytes))
