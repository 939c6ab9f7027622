import type { LogPart } from '../../api/index.ts'
import { PLAIN, parseLine, type Segment, type TextStyle } from './ansi.ts'

/** Lines of one step's log that are here; the others are fetched when they come into view. */
export interface LogLines {
  /** All lines that the step has written, whether they are here or not. */
  readonly count: number
  /** Undefined: not here. */
  line(index: number): readonly Segment[] | undefined
  /** What the server answered. */
  addPart(part: Pick<LogPart, 'line' | 'offset' | 'text' | 'nextOffset' | 'totalLines'>): void
  /** What a live event brought. */
  addLive(event: { readonly offset: number; readonly line: number; readonly text: string }): void
}

interface Chunk {
  readonly first: number
  readonly lines: string[]
  /** Where its bytes end: live text that starts there continues its last line. */
  end: number
  endsOpen: boolean
  /** Style at the start of each line, as far as it was looked at. */
  styles: TextStyle[]
  bytes: number
}

const MAX_BYTES = 48 << 20
const CHUNK_BYTES = 1 << 20
const encoder = new TextEncoder()

export function createLogLines(known: { readonly lines: number; readonly bytes: number }): LogLines {
  const chunks: Chunk[] = []
  let count = known.lines > 0 || known.bytes === 0 ? known.lines : 1
  let bytes = 0

  const add = (chunk: Chunk): void => {
    const at = chunks.findIndex(({ first }) => first > chunk.first)
    chunks.splice(at < 0 ? chunks.length : at, 0, chunk)
    bytes += chunk.bytes
    count = Math.max(count, chunk.first + chunk.lines.length)
    // The first ones go first: whoever follows a log is at its end, and the others are fetched again.
    while (bytes > MAX_BYTES && chunks.length > 1) bytes -= chunks.splice(chunks[0] === chunk ? 1 : 0, 1)[0]?.bytes ?? 0
  }
  const find = (index: number): Chunk | undefined => {
    let [low, high] = [0, chunks.length - 1]
    while (low <= high) {
      const middle = (low + high) >> 1
      const chunk = chunks[middle]
      if (chunk === undefined) return undefined
      if (index < chunk.first) high = middle - 1
      else if (index >= chunk.first + chunk.lines.length) low = middle + 1
      else return chunk
    }
    return undefined
  }

  return {
    get count() {
      return count
    },
    line: (index) => {
      const chunk = find(index)
      if (chunk === undefined) return undefined
      const at = index - chunk.first
      if (chunk.styles.length === 0) chunk.styles.push(styleBefore(find(chunk.first - 1)))
      extendStyles(chunk, at)
      return parseLine(chunk.lines[at] ?? '', chunk.styles[at]).segments
    },
    addPart: ({ line, text, nextOffset, totalLines }) => {
      count = Math.max(count, totalLines)
      if (text === '' || find(line) !== undefined) return
      const next = chunks.find(({ first }) => first > line)
      const lines = linesOf(text)
      const kept = next === undefined ? lines : lines.slice(0, next.first - line)
      const endsOpen = !text.endsWith('\n') && kept.length === lines.length
      add({ first: line, lines: kept, end: nextOffset, endsOpen, styles: [], bytes: text.length })
    },
    addLive: ({ offset, line, text }) => {
      const length = encoder.encode(text).length
      const before = chunks.find(({ end }) => end === offset)
      const lines = linesOf(text)
      const endsOpen = !text.endsWith('\n')
      if (before !== undefined && (before.endsOpen || before.bytes < CHUNK_BYTES)) {
        if (before.endsOpen) before.lines[before.lines.length - 1] += lines.shift() ?? ''
        for (const one of lines) before.lines.push(one)
        before.end = offset + length
        before.endsOpen = endsOpen
        before.styles.length = Math.min(before.styles.length, before.lines.length - lines.length)
        before.bytes += text.length
        bytes += text.length
        count = Math.max(count, before.first + before.lines.length)
        return
      }
      if (chunks.some(({ end }) => end > offset)) return // known already
      // Where it starts within a line whose beginning is not here, that line is fetched whole.
      const skipped = offset === 0 || before !== undefined ? 0 : 1
      add({
        first: line + skipped,
        lines: lines.slice(skipped),
        end: offset + length,
        endsOpen,
        styles: [],
        bytes: text.length,
      })
    },
  }
}

function linesOf(text: string): string[] {
  const lines = text.split('\n')
  if (text.endsWith('\n')) lines.pop()
  return lines
}

/** Colours last until they are changed, over the ends of lines too. */
function extendStyles(chunk: Chunk, upTo: number): void {
  while (chunk.styles.length <= upTo) {
    const at = chunk.styles.length - 1
    const line = chunk.lines[at] ?? ''
    const style = chunk.styles[at] ?? PLAIN
    chunk.styles.push(line.includes('\x1b') ? parseLine(line, style).end : style)
  }
}

function styleBefore(chunk: Chunk | undefined): TextStyle {
  if (chunk === undefined) return PLAIN
  if (chunk.styles.length === 0) chunk.styles.push(PLAIN)
  extendStyles(chunk, chunk.lines.length)
  return chunk.styles[chunk.lines.length] ?? PLAIN
}
