import type { LogPart } from '../api/index.ts'

export interface LogRange {
  readonly offset?: number
  readonly line?: number
  readonly limit: number
}

export interface LogSegment {
  readonly offset: number
  readonly line: number
  readonly bytes: Buffer
}

export interface StepLogEnd {
  readonly totalBytes: number
  readonly totalLines: number
  /** The log is complete. */
  readonly ended: boolean
}

/** A part starting at a byte or a line, ending with a complete line if there is one; `segments` begin before it. */
export function logPart(
  segments: readonly LogSegment[],
  { ended, ...total }: StepLogEnd,
  { offset: fromOffset = 0, line: fromLine, limit }: LogRange,
): LogPart {
  const [first] = segments
  if (first === undefined) return { text: '', offset: 0, line: 0, nextOffset: 0, ...total, end: ended }
  const bytes = Buffer.concat(segments.map((segment) => segment.bytes))
  const skipped = fromLine === undefined ? fromOffset - first.offset : bytesOfLines(bytes, fromLine - first.line)
  const begin = Math.min(Math.max(skipped, 0), bytes.length)
  const part = wholeLines(bytes.subarray(begin, begin + limit), begin + limit >= bytes.length)
  const offset = first.offset + begin
  const nextOffset = offset + part.length
  const line = first.line + newlinesIn(bytes.subarray(0, begin))
  const end = ended && nextOffset >= total.totalBytes
  return { text: part.toString('utf8'), offset, line, nextOffset, ...total, end }
}

function newlinesIn(bytes: Uint8Array): number {
  let count = 0
  for (const byte of bytes) if (byte === 10) count += 1
  return count
}

function bytesOfLines(bytes: Buffer, lines: number): number {
  let at = 0
  for (let count = 0; count < lines; count += 1) {
    const end = bytes.indexOf(10, at)
    if (end < 0) return bytes.length
    at = end + 1
  }
  return at
}

/** Unless a line is longer than the part; then it ends between characters. */
function wholeLines(part: Buffer, isAll: boolean): Buffer {
  const end = part.lastIndexOf(10)
  if (isAll) return part
  if (end >= 0) return part.subarray(0, end + 1)
  let length = part.length
  while (length > 0 && ((part[length - 1] ?? 0) & 0xc0) === 0x80) length -= 1
  if ((part[length - 1] ?? 0) >= 0xc0) length -= 1
  return part.subarray(0, length > 0 ? length : part.length)
}
