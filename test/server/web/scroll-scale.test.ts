import { expect, test } from 'vitest'
import { scrollScale } from '../../../server/web/log/scroll-scale.ts'

test.each([10, 1000, 300_000, 1_000_000, 50_000_000])('each of %d lines can be scrolled to the top', (lines) => {
  const scale = scrollScale(lines, 20, 400)
  expect(scale.height).toBeLessThanOrEqual(6_000_000)
  for (const line of [0, 5, lines / 2, lines - 20]) {
    const expected = Math.max(0, Math.min(line, lines - 20))
    expect(Math.abs(scale.topLine(scale.scrollTop(line)) - expected)).toBeLessThan(0.01)
  }
  expect(Math.abs(scale.topLine(scale.height - 400) - Math.max(0, lines - 20))).toBeLessThan(0.01)
})
