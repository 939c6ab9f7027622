import { expect, test } from 'vitest'
import { formatDocuments } from '../../cli/output/format-documents.ts'
import { formatRows } from '../../cli/output/format-rows.ts'

const label = 'red=\u001b[31m\u001b]0;title\u0007x'
const list = { quiet: false, quietField: 'ID', columns: ['ID'], titles: { ID: 'ID', Labels: 'LABELS' } }
const rows = [{ ID: '1', Labels: label }]

test.each([
  ['of a list', (toTerminal: boolean) => formatRows(rows, { ...list, format: '{{.Labels}}', toTerminal })],
  ['of inspect', (toTerminal: boolean) => formatDocuments([{ Labels: label }], { format: '{{.Labels}}', toTerminal })],
])('a format %s prints a label unchanged to programs, and without control sequences to terminals', (_, shown) => {
  expect(shown(false)).toBe(`${label}\n`)
  expect(shown(true)).toBe('red=x\n')
})

test('colors in the format itself are kept on a terminal', () => {
  const format = '\u001b[1m{{.ID}}\u001b[0m'
  expect(formatRows(rows, { ...list, format, toTerminal: true })).toBe('\u001b[1m1\u001b[0m\n')
})
