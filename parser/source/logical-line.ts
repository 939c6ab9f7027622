import type { SourcePosition, SourceRange } from '../ast.ts'

/** Characters of a logical line that are contiguous in one physical line. */
interface Piece {
  /** Where it starts in the logical line. */
  readonly offset: number
  readonly line: number
  readonly column: number
}

interface LineDetails {
  readonly comment?: string
  readonly blankLines?: readonly number[]
  readonly lastLine?: number
}

/** An instruction on one line: continuations joined, comments removed, and every character's origin known. */
export class LogicalLine {
  readonly text: string
  readonly comment: string | undefined
  /** Numbers of blank lines within the continuation. */
  readonly blankLines: readonly number[]
  /** Number of the last physical line read for it, which may be blank or a comment. */
  readonly lastLine: number
  readonly #pieces: readonly Piece[]

  constructor(text: string, pieces: readonly Piece[], more: LineDetails = {}) {
    this.text = text
    this.#pieces = pieces
    this.comment = more.comment
    this.blankLines = more.blankLines ?? []
    this.lastLine = more.lastLine ?? pieces.at(-1)?.line ?? 1
  }

  /** The range of `text.slice(start, end)`; an empty range is widened to one column. */
  range(start: number, end: number): SourceRange {
    if (end <= start) {
      const at = this.#position(start)
      return { start: at, end: { line: at.line, column: at.column + 1 } }
    }
    const last = this.#position(end - 1)
    return { start: this.#position(start), end: { line: last.line, column: last.column + 1 } }
  }

  /**
   * As range(), with the lines before and after that belong to the instruction.
   *
   * SPEC: for BuildKit, these are a lone escape character before it, and blank lines and comments after its last
   * escape character.
   */
  extent(start: number, end: number): SourceRange {
    const range = this.range(start, end)
    const first = this.#pieces[0]
    const startsBefore = first !== undefined && first.line < range.start.line
    return {
      start: startsBefore ? { line: first.line, column: first.column } : range.start,
      end: this.lastLine > range.end.line ? { line: this.lastLine, column: 2 } : range.end,
    }
  }

  #position(offset: number): SourcePosition {
    let low = 0
    let high = this.#pieces.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.#pieces[middle]?.offset ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    const piece = this.#pieces[low]
    if (piece === undefined) return { line: 1, column: 1 }
    return { line: piece.line, column: piece.column + offset - piece.offset }
  }
}
