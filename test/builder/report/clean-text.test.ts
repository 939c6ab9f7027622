import { expect, test } from 'vitest'
import { cleanKeepingColors, cleanText } from '../../../builder/index.ts'

test.each([
  ['a\u202egnp.exe', 'a‹U+202E›gnp.exe'],
  ['\u2067x\u2069', '‹U+2067›x‹U+2069›'],
  ['ma\u200bin\x1b[2J', 'ma‹U+200B›in'],
  ['ümläut 分支 👩\u200d💻', 'ümläut 分支 👩\u200d💻'],
])('cleanText(%j) reorders and hides nothing: %j', (text, shown) => {
  expect(cleanText(text)).toBe(shown)
})

test('cleanKeepingColors() shows invisible characters between colors', () => {
  expect(cleanKeepingColors('\x1b[31mred\u200f\x1b[0m')).toBe('\x1b[31mred‹U+200F›\x1b[0m')
})
