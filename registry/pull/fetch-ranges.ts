import { debuglog } from 'node:util'
import { messageOf } from '../../errors/index.ts'
import type { ExchangeResponse } from '../transport/exchange.ts'

const CONNECTIONS = 3
const SEGMENT_BYTES = 4 << 20
const debug = debuglog('tsbuild:registry')

export interface RangedBlob {
  readonly offset: number
  readonly sizeBytes: number
  /** Requests the bytes from `start` up to, but excluding, `end`. */
  readonly open: (start: number, end: number, signal: AbortSignal) => Promise<ExchangeResponse>
  readonly signal?: AbortSignal | undefined
}

/**
 * The blob's bytes in order, over several connections. Ends early, without an error, if a range fails or is ignored:
 * the rest is then fetched over a single connection, with its own retries.
 */
export async function* fetchInRanges(blob: RangedBlob): AsyncGenerator<Uint8Array> {
  const stop = new AbortController()
  const signal = blob.signal === undefined ? stop.signal : AbortSignal.any([blob.signal, stop.signal])
  const segments: Promise<readonly Uint8Array[]>[] = []
  let next = blob.offset
  const start = () => {
    const end = Math.min(next + SEGMENT_BYTES, blob.sizeBytes)
    const segment = fetchSegment(blob, { start: next, end }, signal)
    segment.catch(() => {}) // reported when it is this segment's turn
    segments.push(segment)
    next = end
  }
  try {
    for (;;) {
      while (segments.length < CONNECTIONS && next < blob.sizeBytes) start()
      const segment = segments.shift()
      if (segment === undefined) return
      yield* await segment
    }
  } catch (failure) {
    blob.signal?.throwIfAborted()
    debug('ranges given up: %s', messageOf(failure))
  } finally {
    stop.abort()
    await Promise.allSettled(segments)
  }
}

async function fetchSegment(
  { open }: RangedBlob,
  { start, end }: { readonly start: number; readonly end: number },
  signal: AbortSignal,
): Promise<readonly Uint8Array[]> {
  const response = await open(start, end, signal)
  const range = response.header('content-range') ?? ''
  if (response.status !== 206 || !range.startsWith(`bytes ${start}-${end - 1}/`)) {
    await response.discard()
    throw new Error(`answer ${response.status} with range ${JSON.stringify(range)} to ${start}-${end - 1}`)
  }
  const chunks: Uint8Array[] = []
  let missing = end - start
  for await (const chunk of response.body) {
    missing -= chunk.length
    if (missing < 0) break // SECURITY: a hostile peer may never stop
    chunks.push(chunk)
  }
  if (missing !== 0) throw new Error(`${end - start - missing} bytes of ${start}-${end - 1}`)
  return chunks
}
