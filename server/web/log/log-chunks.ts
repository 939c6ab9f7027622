import { PLAIN, parseLine, type TextStyle } from './ansi.ts'

/** Adjacent lines of a log. */
export interface Chunk {
  readonly first: number
  readonly lines: string[]
  /** Where its bytes end: live text that starts there continues its last line. */
  end: number
  endsOpen: boolean
  /** Style at the start of each line, as far as computed. */
  styles: TextStyle[]
  bytes: number
}

const MAX_BYTES = 48 << 20

/** The loaded chunks, ordered; if there are too many, the first ones are dropped: they can be fetched again. */
export class LogChunks {
  readonly #chunks: Chunk[] = []
  #bytes = 0

  add(chunk: Chunk): void {
    const chunks = this.#chunks
    const at = chunks.findIndex(({ first }) => first > chunk.first)
    chunks.splice(at < 0 ? chunks.length : at, 0, chunk)
    this.#bytes += chunk.bytes
    while (this.#bytes > MAX_BYTES && chunks.length > 1)
      this.#bytes -= chunks.splice(chunks[0] === chunk ? 1 : 0, 1)[0]?.bytes ?? 0
  }

  /** Appends to a loaded chunk; continues its last line if it was open. */
  extend(chunk: Chunk, added: Pick<Chunk, 'lines' | 'end' | 'endsOpen' | 'bytes'>): void {
    const [first, ...others] = added.lines
    const more = chunk.endsOpen ? others : added.lines
    if (chunk.endsOpen) chunk.lines[chunk.lines.length - 1] += first ?? ''
    for (const line of more) chunk.lines.push(line)
    chunk.styles.length = Math.min(chunk.styles.length, chunk.lines.length - more.length)
    chunk.end = added.end
    chunk.endsOpen = added.endsOpen
    chunk.bytes += added.bytes
    this.#bytes += added.bytes
  }

  /** The chunk that contains the line. */
  find(line: number): Chunk | undefined {
    let [low, high] = [0, this.#chunks.length - 1]
    while (low <= high) {
      const middle = (low + high) >> 1
      const chunk = this.#chunks[middle]
      if (chunk === undefined) return undefined
      if (line < chunk.first) high = middle - 1
      else if (line >= chunk.first + chunk.lines.length) low = middle + 1
      else return chunk
    }
    return undefined
  }

  /** The first chunk that begins after the line. */
  after(line: number): Chunk | undefined {
    return this.#chunks.find(({ first }) => first > line)
  }

  endingAt(offset: number): Chunk | undefined {
    return this.#chunks.find(({ end }) => end === offset)
  }

  reachBeyond(offset: number): boolean {
    return this.#chunks.some(({ end }) => end > offset)
  }
}

/** Style of a line of the chunk. Colors apply until they are changed, across line breaks. */
export function styleAt(chunk: Chunk, index: number, before: Chunk | undefined): TextStyle {
  if (chunk.styles.length === 0) chunk.styles.push(before === undefined ? PLAIN : styleAfter(before))
  extendStyles(chunk, index)
  return chunk.styles[index] ?? PLAIN
}

function styleAfter(chunk: Chunk): TextStyle {
  if (chunk.styles.length === 0) chunk.styles.push(PLAIN)
  extendStyles(chunk, chunk.lines.length)
  return chunk.styles[chunk.lines.length] ?? PLAIN
}

function extendStyles(chunk: Chunk, upTo: number): void {
  while (chunk.styles.length <= upTo) {
    const at = chunk.styles.length - 1
    const line = chunk.lines[at] ?? ''
    const style = chunk.styles[at] ?? PLAIN
    chunk.styles.push(line.includes('\x1b') ? parseLine(line, style).end : style)
  }
}
