import { expect, test } from 'vitest'
import type { StepBoard } from '../../../builder/index.ts'
import { stepSummary } from '../../../cli/ci/step-summary.ts'

function summaryOf(count: number): string {
  const text = '<&>"'.repeat(500)
  const numbers = [...Array(count).keys()]
  const step = { name: `COPY a /${text}`, status: 'done', startedAtMs: 0, endedAtMs: 1 }
  const warning = { code: 'LegacyKeyValueFormat', message: text }
  const board = { steps: numbers.map((number) => ({ ...step, number })), warnings: numbers.map(() => warning) }
  return stepSummary({ board: board as unknown as StepBoard, durationMs: 1, lines: [`Tagged  ${text}`], failure: text })
}

test('the summary of a long build stays within the limit of GitHub, and counts what it leaves out', () => {
  expect(Buffer.byteLength(summaryOf(700))).toBeLessThan(1 << 20)
  expect(summaryOf(700)).toMatch(/^500 more steps$/m)
  expect(summaryOf(700)).toMatch(/^650 more warnings$/m)
  expect(summaryOf(50)).not.toMatch(/ more /)
})
