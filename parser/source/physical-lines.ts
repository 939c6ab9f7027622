/** SPEC: BuildKit reads lines through a 64 KiB buffer, which limits their length. */
export const MAX_LINE_BYTES = 65_535

export interface PhysicalLine {
  /** Without its line ending. */
  readonly text: string
  /** With its line ending, as heredoc bodies keep it. */
  readonly raw: string
  /** Counts from 1. */
  readonly number: number
}

/** Iterates over the lines of a text; slices each line, so that even a huge text takes linear time. */
export class LineReader {
  readonly #text: string
  #offset = 0
  #number = 0

  constructor(text: string) {
    this.#text = text.startsWith('\uFEFF') ? text.slice(1) : text
  }

  /** The number of the line read last. */
  get lineNumber(): number {
    return this.#number
  }

  next(): PhysicalLine | undefined {
    if (this.#offset >= this.#text.length) return undefined
    const newline = this.#text.indexOf('\n', this.#offset)
    const end = newline === -1 ? this.#text.length : newline + 1
    const raw = this.#text.slice(this.#offset, end)
    this.#offset = end
    this.#number += 1
    return { text: withoutLineEnding(raw), raw, number: this.#number }
  }

  /** Returns the next line without advancing. */
  peek(): PhysicalLine | undefined {
    const offset = this.#offset
    const number = this.#number
    const line = this.next()
    this.#offset = offset
    this.#number = number
    return line
  }
}

export function isTooLong(line: PhysicalLine): boolean {
  // A UTF-16 unit takes at most three bytes in UTF-8: most lines need no exact count.
  return line.text.length * 3 > MAX_LINE_BYTES && Buffer.byteLength(line.text) > MAX_LINE_BYTES
}

function withoutLineEnding(raw: string): string {
  let end = raw.length
  while (end > 0 && (raw[end - 1] === '\n' || raw[end - 1] === '\r')) end -= 1
  return raw.slice(0, end)
}
