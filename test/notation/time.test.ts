import { expect, test } from 'vitest'
import { parseTimeMs } from '../../notation/index.ts'

const NOW = Date.UTC(2026, 0, 31, 12)

test.each([
  ['10m', NOW - 600_000],
  ['1h30m', NOW - 5_400_000],
  ['1700000000', 1_700_000_000_000],
  ['1700000000.5', 1_700_000_000_500],
  ['2026-01-31T11:00:00Z', NOW - 3_600_000],
  ['2026-01-31T11:00:00+01:00', NOW - 7_200_000],
  ['yesterday', undefined],
  ['2026', 2_026_000],
  ['2026-13-40', undefined],
  ['', undefined],
])('parseTimeMs(%j)', (text, ms) => expect(parseTimeMs(text, NOW)).toBe(ms))
