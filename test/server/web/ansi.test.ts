import { expect, test } from 'vitest'
import { lineText, parseLine } from '../../../server/web/log/ansi.ts'

test.each([
  [
    '\x1b[31mred\x1b[0m plain',
    [
      { text: 'red', style: { color: 1 } },
      { text: ' plain', style: {} },
    ],
  ],
  ['\x1b[1;94mx', [{ text: 'x', style: { bold: true, color: 12 } }]],
  ['\x1b[38;5;196mx', [{ text: 'x', style: { color: '#ff0000' } }]],
  ['\x1b[48;2;1;2;3mx', [{ text: 'x', style: { background: '#010203' } }]],
  ['\x1b[38;5;999mx', [{ text: 'x', style: {} }]],
  [
    '\x1b[1mx\x1b[22my',
    [
      { text: 'x', style: { bold: true } },
      { text: 'y', style: {} },
    ],
  ],
  ['10%\r55%\r100%', [{ text: '100%', style: {} }]],
  ['line\r', [{ text: 'line', style: {} }]],
] as const)('parseLine(%j) gives its colored pieces', (line, segments) => {
  expect(parseLine(line).segments).toEqual(segments)
})

test('parseLine() returns the style at the start of the next line', () => {
  expect(parseLine('\x1b[32mgreen', {}).end).toEqual({ color: 2 })
  expect(parseLine('still', { color: 2 }).segments).toEqual([{ text: 'still', style: { color: 2 } }])
})

test('parseLine() shows the first 5,000 characters of a line and the number of omitted ones', () => {
  expect(lineText('x'.repeat(1_000_000))).toBe(`${'x'.repeat(5000)}… (995000 more)`)
})
