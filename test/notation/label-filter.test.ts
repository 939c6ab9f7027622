import { expect, test } from 'vitest'
import { hasLabel, matchesLabels } from '../../notation/index.ts'

const labels = { stage: 'build', note: 'a=b', empty: '' }

test.each([
  ['stage', true],
  ['stage=build', true],
  ['stage=test', false],
  ['note=a=b', true],
  ['empty=', true],
  ['constructor', false],
])('hasLabel(%s)', (filter, has) => expect(hasLabel(labels, filter)).toBe(has))

test('all labels are required, and none of the excluded ones', () => {
  expect(matchesLabels(labels, { labels: ['stage', 'note'] })).toBe(true)
  expect(matchesLabels(labels, { labels: ['stage', 'other'] })).toBe(false)
  expect(matchesLabels(labels, { withoutLabels: ['stage=test'] })).toBe(true)
  expect(matchesLabels(labels, { withoutLabels: ['other', 'empty'] })).toBe(false)
})
