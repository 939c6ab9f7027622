import { expect, test } from 'vitest'
import { logFragment, parseLogFragment } from '../../../server/web/log/log-position.ts'

test.each(['4', 'sha256:0a', 'a b/c', '100%', '日本'])(
  'a link to step %j or a line of it is parsed as it was written',
  (step) => {
    expect(parseLogFragment(logFragment({ step }))).toEqual({ step })
    for (const line of [0, 119, 999_999]) expect(parseLogFragment(logFragment({ step, line }))).toEqual({ step, line })
  },
)

test.each([
  '',
  '#',
  '#step:',
  '#step:4:',
  '#step:4:0',
  '#step:4:1e3',
  '#step::1',
  '#step:%FF:1',
  '#step:a/b:1',
  '#step:4:9999999999',
])('%j is not a link to a line', (fragment) => {
  expect(parseLogFragment(fragment)).toBeUndefined()
})
