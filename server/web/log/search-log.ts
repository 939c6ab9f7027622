import type { LogPart } from '../../api/index.ts'
import { lineText } from './ansi.ts'

export interface Matches {
  /** Numbers of lines, from 0. */
  readonly lines: readonly number[]
  readonly isDone: boolean
  /** There are more matches than listed. */
  readonly isCut: boolean
}

const PART = 4 << 20
const MAX_MATCHES = 20_000

type ReadPart = (offset: number, limit: number) => Promise<LogPart>

interface LogSearch {
  readonly query: string
  readonly report: (matches: Matches) => void
}

/** Reads the log from its start; reports the matches after each part. */
export async function searchLog(read: ReadPart, { query, report }: LogSearch, signal: AbortSignal): Promise<void> {
  const lowerCaseQuery = query.toLowerCase()
  const lines: number[] = []
  let offset = 0
  while (!signal.aborted) {
    const part = await read(offset, PART)
    if (signal.aborted) return
    collect(part, lowerCaseQuery, lines)
    offset = part.nextOffset
    const isCut = lines.length >= MAX_MATCHES
    const isDone = isCut || part.text === '' || offset >= part.totalBytes
    report({ lines: [...lines], isDone, isCut })
    if (isDone) return
  }
}

function collect(part: LogPart, lowerCaseQuery: string, lines: number[]): void {
  let number = part.line
  for (const line of part.text.split('\n')) {
    if (lines.length >= MAX_MATCHES) return
    // Most lines have no escape sequence and do not match: the cheap check comes first.
    const text = line.includes('\x1b') || line.includes('\r') ? lineText(line) : line
    if (text.toLowerCase().includes(lowerCaseQuery) && lines.at(-1) !== number) lines.push(number)
    number += 1
  }
}
