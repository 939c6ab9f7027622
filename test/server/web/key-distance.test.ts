import { expect, test } from 'vitest'
import { keyDistance } from '../../../server/web/log/key-distance.ts'

test.each([
  ['PageDown', false, 360],
  ['PageUp', false, -360],
  [' ', false, 360],
  [' ', true, -360],
  ['ArrowDown', false, 40],
  ['ArrowUp', false, -40],
  ['End', false, undefined],
  ['a', false, undefined],
])('%j (shift: %s) scrolls a log of 20 lines by %s pixels', (key, shiftKey, expected) => {
  expect(keyDistance({ key, shiftKey }, 20, 400)).toBe(expected)
})
