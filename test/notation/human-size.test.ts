import { expect, test } from 'vitest'
import { humanSize, steadySize } from '../../notation/index.ts'

test.each([
  [0, '0B', '0B'],
  [999, '999B', '999B'],
  [1000, '1kB', '1.00kB'],
  [4_261_000, '4.26MB', '4.26MB'],
  [12_300_000, '12.3MB', '12.30MB'],
  [2e15, '2PB', '2.00PB'],
  [5e18, '5000PB', '5000.00PB'],
])('%i bytes', (bytes, human, steady) => {
  expect(humanSize(bytes)).toBe(human)
  expect(steadySize(bytes)).toBe(steady)
})
