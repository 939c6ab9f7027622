import { expect, test } from 'vitest'
import { plainText } from '../../../server/web/log/plain-text.ts'

test.each([
  ['plain', 'plain'],
  ['\x1b[31mred\x1b[0m', 'red'],
  ['a\x1b[2Jb\x1b[10;10Hc', 'abc'],
  ['\x1b]0;title\x07text', 'text'],
  ['\x1b]8;;https://example.com\x1b\\link\x1b]8;;\x1b\\', 'link'],
  ['\x1b]52;c;Y2xpcGJvYXJk\x1b\\x', 'x'],
  ['\x1bPq#0~\x1b\\x', 'x'],
  ['\x1b]0;never closed', '0;never closed'],
  ['\x9b31mred', '31mred'],
  ['bell\x07', 'bell␇'],
  ['user\u202egnp.exe', 'user‹U+202E›gnp.exe'],
  ['zero\u200bwidth', 'zero‹U+200B›width'],
  ['\u2066isolated\u2069', '‹U+2066›isolated‹U+2069›'],
  ['ma\u00adin', 'ma‹U+00AD›in'],
  ['ma\u200din', 'ma‹U+200D›in'],
  ['main\ufe0f', 'main‹U+FE0F›'],
  ['v1\u{e0031}', 'v1‹U+E0031›'],
  ['\u3164', '‹U+3164›'],
  ['👩\u200d💻 ❤\ufe0f 1\ufe0f\u20e3', '👩\u200d💻 ❤\ufe0f 1\ufe0f\u20e3'],
  ['می\u200cخواهم', 'می\u200cخواهم'],
  ['<script>alert(1)</script>', '<script>alert(1)</script>'],
])('plainText(%j) shows what is there: %j', (text, shown) => {
  expect(plainText(text)).toBe(shown)
})
