import { expect, test } from 'vitest'
import { attempt } from '../../support/hostile-layer.ts'
import { rawTar } from '../../support/raw-tar.ts'

const map = (runs: string, count: number, size: number | string) => ({
  'GNU.sparse.major': '0',
  'GNU.sparse.minor': '1',
  'GNU.sparse.size': String(size),
  'GNU.sparse.numblocks': String(count),
  'GNU.sparse.map': runs,
})

const maps: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['runs that overlap', map('0,3,2,2', 2, 100)],
  ['runs out of order', map('50,2,0,3', 2, 100)],
  ['a run behind the end', map('0,3,99,2', 2, 100)],
  ['a run that overflows', map('0,3,9223372036854775807,2', 2, '9223372036854775807')],
  ['more data than is stored', map('0,3,50,40', 2, 100)],
  ['less data than is stored', map('0,3', 1, 100)],
  ['a negative offset', map('-1,5', 1, 100)],
  ['another number of runs than announced', map('0,3,50,2', 3, 100)],
  ['half a run', map('0,5,50', 2, 100)],
  ['no numbers', map('a,b', 1, 100)],
  ['a size that no disk has', map('0,5', 1, '9223372036854775807')],
]

test.each(maps)('a sparse file whose map has %s is refused', async (_, pax) => {
  expect((await attempt([{ name: 'file', data: '12345', pax }])).code).toBe('TREE_ARCHIVE')
})

test('the limits apply to many sparse files together', async () => {
  const pax = map('0,5', 1, 100 * 2 ** 30)
  const files = [1, 2].map((number) => ({ name: `f${number}`, data: '12345', pax }))
  const { code, message } = await attempt(files)
  expect(code).toBe('TREE_ARCHIVE')
  expect(message).toContain('137438953472')
})

test.each([
  ['more runs than are read', '99999999\n0\n5\n'],
  ['a number without end', '1'.repeat(40)],
  ['no end', '3\n0\n5\n'],
  ['no number', '1\nx\n5\n'],
])('a map in the data with %s is refused', async (_, text) => {
  const pax = { 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.realsize': '100' }
  const data = Buffer.concat([Buffer.from(text), Buffer.alloc(512 - text.length), Buffer.from('12345')])
  expect((await attempt([{ name: 'file', data, pax }])).code).toBe('TREE_ARCHIVE')
})

test('an endless chain of sparse headers ends with the archive', async () => {
  const header = rawTar([{ name: 'file', size: 0 }]).subarray(0, 512)
  header.write('S', 156)
  header.fill(1, 482, 483)
  header.fill(' ', 148, 156)
  header.write(
    `${header
      .reduce((total, byte) => total + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  )
  const further = Buffer.alloc(512)
  further.fill(1, 504, 505)
  const { code, message } = await attempt(Buffer.concat([header, ...Array.from({ length: 100 }, () => further)]))
  expect(code).toBe('TREE_ARCHIVE')
  expect(message).toContain('ends too early')
})
