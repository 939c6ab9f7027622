import { cleanText } from '../../builder/index.ts'

const MIN_WIDTH = 10
const GAP = 3

/**
 * Lines of cells separated by tabs, aligned as in docker: columns of at least 10 characters, three spaces in between.
 */
export function alignColumns(lines: readonly string[], minWidth = MIN_WIDTH, gap = GAP): string {
  // SECURITY: names and commands of untrusted images and Dockerfiles must not control the terminal.
  const rows = lines.map((line) => cleanText(line).replaceAll('\n', ' ').split('\t'))
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? minWidth, [...cell].length + gap)
    })
  }
  return rows.map((row) => `${alignRow(row, widths)}\n`).join('')
}

/** The last cell of a line ends it: no blanks after. */
function alignRow(row: readonly string[], widths: readonly number[]): string {
  const pad = (cell: string, column: number) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - [...cell].length))
  return row.map((cell, column) => (column === row.length - 1 ? cell : pad(cell, column))).join('')
}
