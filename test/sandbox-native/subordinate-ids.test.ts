import { expect, test } from 'vitest'
import { parseSubordinateIds } from '../../sandbox-native/driver/id-mapping.ts'

test('a range that overlaps an earlier one is omitted, because newuidmap would refuse all of them', () => {
  const text = 'ada:100000:65536\nbob:165536:65536\n1000:100000:65536\nada:120000:65536\nada:400000:10\n'
  expect(parseSubordinateIds(text, ['ada', '1000'])).toEqual([
    { start: 100_000, count: 65_536 },
    { start: 400_000, count: 10 },
  ])
})
