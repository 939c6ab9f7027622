import { expect, test } from 'vitest'
import { showInvisible, toSingleLine } from '../../notation/index.ts'

test.each([
  ['a\u202Eb', 'a‹U+202E›b'],
  ['zero\u200Bwidth', 'zero‹U+200B›width'],
  ['a\u200Db', 'a‹U+200D›b'],
  ['👩\u200D💻', '👩\u200D💻'],
  ['1\uFE0F\u20E3', '1\uFE0F\u20E3'],
  ['plain', 'plain'],
])('showInvisible(%j)', (text, shown) => expect(showInvisible(text)).toBe(shown))

test.each([
  ['a\nb', 'a\\u000ab'],
  ['\x1b[31m', '\\u001b[31m'],
  ['a\u2028b', 'a\\u2028b'],
  ['ä b', 'ä b'],
])('toSingleLine(%j)', (text, line) => expect(toSingleLine(text)).toBe(line))
