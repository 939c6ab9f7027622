import type { SourceRange } from '../../parser/index.ts'

/**
 * SPEC: buildkit parser toRanges: a range for each line, without columns. A range that ends at the first column
 * excludes that line.
 */
export function lineRanges({ start, end }: SourceRange) {
  const last = Math.max(start.line, end.column > 1 ? end.line : end.line - 1)
  const lines = Array.from({ length: last - start.line + 1 }, (_, index) => start.line + index)
  return lines.map((line) => ({ start: { line }, end: { line } }))
}
