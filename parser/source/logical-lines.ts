import type { SourceRange } from '../ast.ts'
import { problem, type Report } from '../diagnostics.ts'
import { trimBlanks, trimBlanksStart } from './blanks.ts'
import { LogicalLine } from './logical-line.ts'
import { isTooLong, LineReader, MAX_LINE_BYTES, type PhysicalLine } from './physical-lines.ts'

/**
 * Joins physical lines into logical ones. Heredoc bodies follow their line and are read on request, once that line is
 * parsed.
 */
export class LogicalLines {
  readonly #reader: LineReader
  readonly #escape: string
  readonly #directiveLines: number
  readonly #report: Report
  #comments: string[] = []

  constructor(text: string, options: { escape: '\\' | '`'; directiveLines: number; report: Report }) {
    this.#reader = new LineReader(text)
    this.#escape = options.escape
    this.#directiveLines = options.directiveLines
    this.#report = options.report
  }

  /** The number of the physical line read last. */
  get lineNumber(): number {
    return this.#reader.lineNumber
  }

  /** The next instruction, skipping comments and blank lines. */
  next(): LogicalLine | undefined {
    for (let line = this.#nextLine(); line !== undefined; line = this.#nextLine()) {
      const text = trimBlanksStart(line.text)
      // SPEC: as in BuildKit, only an empty comment line separates a comment from its instruction, and the first
      // character of the line is removed, even if it is not the "#"
      if (text === '') continue
      if (text.startsWith('#')) this.#keepComment(trimBlanks(line.text.slice(1)), line.number)
      else return this.#join(line)
    }
    return undefined
  }

  /** The lines of a heredoc up to its terminator, with line endings; undefined if the text ends first. */
  readBody(isTerminator: (text: string) => boolean): string | undefined {
    const lines: string[] = []
    for (let line = this.#nextLine(); line !== undefined; line = this.#nextLine()) {
      if (isTerminator(line.text)) return lines.join('')
      lines.push(line.raw)
    }
    return undefined
  }

  #join(first: PhysicalLine): LogicalLine {
    const indent = first.text.length - trimBlanksStart(first.text).length
    const pieces = [{ offset: 0, line: first.number, column: indent + 1 }]
    const blankLines: number[] = []
    let [text, continues] = this.#cutContinuation(first.text.slice(indent))
    const parts = [text]
    let length = text.length
    while (continues) {
      const line = this.#nextLine()
      if (line === undefined) break
      const trimmed = trimBlanksStart(line.text)
      if (trimmed.startsWith('#')) continue
      if (trimmed === '') {
        blankLines.push(line.number)
        continue
      }
      ;[text, continues] = this.#cutContinuation(line.text)
      pieces.push({ offset: length, line: line.number, column: 1 })
      parts.push(text)
      length += text.length
    }
    const comment = this.#comments.length > 0 ? this.#comments.join('\n') : undefined
    this.#comments = []
    const lastLine = this.#reader.lineNumber
    return new LogicalLine(parts.join(''), pieces, { ...(comment !== undefined && { comment }), blankLines, lastLine })
  }

  /**
   * SPEC: a trailing escape character, optionally followed by blanks, continues the line unless directly preceded by
   * another one. The escape and everything after it are removed.
   */
  #cutContinuation(text: string): [string, boolean] {
    let end = text.length
    while (end > 0 && (text[end - 1] === ' ' || text[end - 1] === '\t')) end -= 1
    if (end === 0 || text[end - 1] !== this.#escape) return [text, false]
    if (end > 1 && text[end - 2] === this.#escape) return [text, false]
    return [text.slice(0, end - 1), true]
  }

  #keepComment(comment: string, lineNumber: number): void {
    if (comment === '') this.#comments = []
    else if (lineNumber > this.#directiveLines) this.#comments.push(comment)
  }

  /** A line over the limit ends the text: BuildKit reads no further either. */
  #nextLine(): PhysicalLine | undefined {
    const line = this.#reader.next()
    if (line === undefined || !isTooLong(line)) return line
    const bytes = Buffer.byteLength(line.text)
    const what = `Cannot read line ${line.number}: it has ${bytes} bytes (at most ${MAX_LINE_BYTES})`
    const hint = 'Break the line with continuations, or COPY the content from a file'
    this.#report(problem({ code: 'PARSE_LINE_TOO_LONG', message: what, range: startOf(line), hint }))
    this.#skipRest()
    return undefined
  }

  #skipRest(): void {
    while (this.#reader.next() !== undefined);
  }
}

function startOf(line: PhysicalLine): SourceRange {
  return { start: { line: line.number, column: 1 }, end: { line: line.number, column: 2 } }
}
