import type { SourceRange } from '../../parser/index.ts'

export interface Source {
  /** As the user named it: `Dockerfile`, `build/app.Dockerfile`. */
  readonly name: string
  readonly text: string
}

const LINES_AROUND = 2
/** Only the first lines of a long instruction are shown. */
const MAX_MARKED = 12
const MAX_WIDTH = 160

/** Source lines around a range, marked with `>>>`; a single-line range also has carets below. */
export function excerpt({ name, text }: Source, range: SourceRange): readonly string[] {
  const lines = text.split(/\r?\n/)
  const first = range.start.line
  const last = Math.max(first, range.end.column === 1 ? range.end.line - 1 : range.end.line)
  const shownLast = Math.min(last, first + MAX_MARKED - 1)
  const rows: string[] = []
  let where = `${name}:${first}`
  for (let number = Math.max(1, first - LINES_AROUND); number <= shownLast + LINES_AROUND; number += 1) {
    const line = lines[number - 1]
    if (line === undefined || (number > shownLast && shownLast < last)) break
    const isMarked = number >= first && number <= shownLast
    rows.push(row(String(number), isMarked, line))
    if (number !== first || first !== last) continue
    const marks = carets(line, range)
    rows.push(...marks)
    if (marks.length > 0) where = `${where}:${range.start.column}`
  }
  if (shownLast < last) rows.push(row('', true, `… ${last - shownLast} more lines`))
  return [where, '--------------------', ...rows, '--------------------']
}

function row(number: string, isMarked: boolean, text: string): string {
  const clipped = text.length > MAX_WIDTH ? `${text.slice(0, MAX_WIDTH)}…` : text
  return `${number.padStart(4)} | ${isMarked ? '>>>' : '   '} ${clipped.replaceAll('\t', ' ')}`.trimEnd()
}

/** No carets if the range is the whole line, which is marked already. */
function carets(line: string, range: SourceRange): readonly string[] {
  const start = range.start.column - 1
  const end = range.end.line === range.start.line ? range.end.column - 1 : line.length
  const length = Math.max(1, Math.min(end, MAX_WIDTH) - start)
  if (start >= MAX_WIDTH || (line.slice(0, start).trim() === '' && end >= line.trimEnd().length)) return []
  return [`     |     ${' '.repeat(start)}${'^'.repeat(length)}`]
}
