import type { LogPart } from '../../api/index.ts'
import { parseLine, type Segment } from './ansi.ts'
import { LogChunks, styleAt } from './log-chunks.ts'

/** Loaded lines of one step's log; others are fetched when they scroll into view. */
export interface LogLines {
  /** Number of lines that the step has written, loaded or not. */
  readonly count: number
  /** Undefined if it is not loaded. */
  line(index: number): readonly Segment[] | undefined
  /** Adds a response of the server. */
  addPart(part: Pick<LogPart, 'line' | 'offset' | 'text' | 'nextOffset' | 'totalLines'>): void
  /** Adds the text of a live event. */
  addLive(event: { readonly offset: number; readonly line: number; readonly text: string }): void
}

const CHUNK_BYTES = 1 << 20
const encoder = new TextEncoder()

export function createLogLines(known: { readonly lines: number; readonly bytes: number }): LogLines {
  const chunks = new LogChunks()
  let count = known.lines > 0 || known.bytes === 0 ? known.lines : 1
  return {
    get count() {
      return count
    },
    line: (index) => {
      const chunk = chunks.find(index)
      if (chunk === undefined) return undefined
      const at = index - chunk.first
      return parseLine(chunk.lines[at] ?? '', styleAt(chunk, at, chunks.find(chunk.first - 1))).segments
    },
    addPart: ({ line, text, nextOffset, totalLines }) => {
      count = Math.max(count, totalLines)
      if (text === '' || chunks.find(line) !== undefined) return
      const lines = linesOf(text)
      const kept = lines.slice(0, (chunks.after(line)?.first ?? Number.POSITIVE_INFINITY) - line)
      const endsOpen = !text.endsWith('\n') && kept.length === lines.length
      chunks.add({ first: line, lines: kept, end: nextOffset, endsOpen, styles: [], bytes: text.length })
      count = Math.max(count, line + kept.length)
    },
    addLive: ({ offset, line, text }) => {
      const before = chunks.endingAt(offset)
      const end = offset + encoder.encode(text).length
      const added = { lines: linesOf(text), end, endsOpen: !text.endsWith('\n'), bytes: text.length }
      if (before !== undefined && (before.endsOpen || before.bytes < CHUNK_BYTES)) {
        chunks.extend(before, added)
        count = Math.max(count, before.first + before.lines.length)
        return
      }
      if (chunks.reachBeyond(offset)) return // known already
      // If it starts within a line whose beginning is not loaded, that line is fetched completely.
      const skipped = offset === 0 || before !== undefined ? 0 : 1
      const lines = added.lines.slice(skipped)
      chunks.add({ ...added, first: line + skipped, lines, styles: [] })
      count = Math.max(count, line + skipped + lines.length)
    },
  }
}

function linesOf(text: string): string[] {
  const lines = text.split('\n')
  if (text.endsWith('\n')) lines.pop()
  return lines
}
