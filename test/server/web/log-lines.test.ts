import { expect, test } from 'vitest'
import { createLogLines, type LogLines } from '../../../server/web/log/log-lines.ts'

const text = (lines: LogLines, index: number) =>
  lines
    .line(index)
    ?.map((segment) => segment.text)
    .join('')
const NEW = { lines: 0, bytes: 0 }

test('live text that was split within a line is joined, and colors continue on the next line', () => {
  const lines = createLogLines(NEW)
  lines.addLive({ offset: 0, line: 0, text: '\x1b[31mone\ntw' })
  lines.addLive({ offset: 11, line: 1, text: 'o\nthree' })
  expect([0, 1, 2].map((index) => text(lines, index))).toEqual(['one', 'two', 'three'])
  expect(lines.count).toBe(3)
  expect(lines.line(2)?.[0]?.style).toEqual({ color: 1 })
})

test('duplicate text counts once', () => {
  const lines = createLogLines(NEW)
  for (let times = 0; times < 2; times += 1) lines.addLive({ offset: 0, line: 0, text: 'a\nb\n' })
  expect(lines.count).toBe(2)
})

test('lines are undefined until they are fetched', () => {
  const lines = createLogLines({ lines: 1000, bytes: 9000 })
  expect([lines.count, text(lines, 500)]).toEqual([1000, undefined])
  lines.addPart({ line: 500, offset: 4000, text: 'x\ny\n', nextOffset: 4004, totalLines: 1000 })
  expect([500, 501, 502].map((index) => text(lines, index))).toEqual(['x', 'y', undefined])
})

test('an overlapping part adds only the missing lines', () => {
  const lines = createLogLines({ lines: 4, bytes: 8 })
  lines.addPart({ line: 2, offset: 4, text: 'c\nd\n', nextOffset: 8, totalLines: 4 })
  lines.addPart({ line: 0, offset: 0, text: 'a\nb\nc\nd\n', nextOffset: 8, totalLines: 4 })
  expect([0, 1, 2, 3].map((index) => text(lines, index))).toEqual(['a', 'b', 'c', 'd'])
})

test('live text that begins within a line leaves that line to be fetched', () => {
  const lines = createLogLines({ lines: 10, bytes: 100 })
  lines.addLive({ offset: 100, line: 10, text: 'end of it\nnext\n' })
  expect([text(lines, 10), text(lines, 11)]).toEqual([undefined, 'next'])
  lines.addPart({ line: 10, offset: 90, text: 'begin, end of it\nnext\n', nextOffset: 115, totalLines: 12 })
  expect(text(lines, 10)).toBe('begin, end of it')
})

test('a log of any length keeps a bounded amount of text in memory', () => {
  const lines = createLogLines(NEW)
  const block = `${'x'.repeat(999)}\n`.repeat(1024)
  for (let index = 0; index < 80; index += 1) {
    lines.addLive({ offset: index * block.length, line: index * 1024, text: block })
  }
  expect(lines.count).toBe(80 * 1024)
  expect([lines.line(0), lines.line(80 * 1024 - 1)?.length]).toEqual([undefined, 1])
})
