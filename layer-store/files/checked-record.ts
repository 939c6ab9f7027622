import { createHash } from 'node:crypto'

/** Records have a checksum, so that truncated and foreign files count as missing. */
export function encodeRecord(record: unknown): string {
  const text = JSON.stringify(record)
  return `${checksumOf(text)} ${text}\n`
}

/** The record as parsed JSON; undefined if the text is not exactly what `encodeRecord` writes. */
export function decodeRecord(text: string): unknown {
  const end = text.indexOf('\n')
  if (end < CHECKSUM_LENGTH + 1 || text[CHECKSUM_LENGTH] !== ' ') return undefined
  const body = text.slice(CHECKSUM_LENGTH + 1, end)
  if (checksumOf(body) !== text.slice(0, CHECKSUM_LENGTH)) return undefined
  return JSON.parse(body)
}

const CHECKSUM_LENGTH = 32

function checksumOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, CHECKSUM_LENGTH)
}
