import type { ExchangeRequest } from './exchange.ts'

/** Timeouts; changed by tests only. */
export interface Timeouts {
  /** From the request, or the last byte of a small body, to the response. Interim responses (1xx) do not count. */
  readonly responseMs: number
  /** Likewise for completing an upload, which a registry moves into place before responding; an upper limit. */
  readonly uploadMs: number
  /** Between two pieces of a body, and for receiving the minimum amount of it. */
  readonly idleMs: number
}

export const TIMEOUTS: Timeouts = { responseMs: 60_000, uploadMs: 300_000, idleMs: 30_000 }

/** SECURITY: a peer that sends a byte now and then could keep a connection open forever. */
const LEAST_BYTES = 1024
/** For a body that was sent, but may be buffered or copied before the response. */
const LEAST_BYTES_PER_MS = 256

export interface ResponseTimeout {
  readonly signal: AbortSignal
  /** The pieces of the request's body: the timeout is suspended while waiting for them, and restarts with each. */
  sending(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array>
  /** The headers have arrived, or never will. */
  ended(): void
}

/** Aborts a request without a timely response; undici's own timeout restarts with each header line. */
export function limitResponse(request: ExchangeRequest, timeouts: Timeouts): ResponseTimeout {
  const controller = new AbortController()
  const limitMs = responseLimitMs(request, timeouts)
  let timer: NodeJS.Timeout | undefined
  let hasEnded = false
  const stop = () => clearTimeout(timer)
  const start = () => {
    if (hasEnded) return
    timer = setTimeout(() => controller.abort(timedOut('no answer', 'UND_ERR_HEADERS_TIMEOUT')), limitMs)
  }
  start()
  return {
    signal: request.signal === undefined ? controller.signal : AbortSignal.any([request.signal, controller.signal]),
    sending: async function* (pieces) {
      stop()
      for await (const piece of pieces) {
        start()
        yield piece
        stop()
      }
      start()
    },
    ended: () => {
      hasEnded = true
      stop()
    },
  }
}

function responseLimitMs({ method, body, maxResponseMs }: ExchangeRequest, timeouts: Timeouts): number {
  const { uploadMs } = timeouts
  const responseMs = Math.min(timeouts.responseMs, maxResponseMs ?? timeouts.responseMs)
  if (method === 'PUT' && body?.sizeBytes === 0) return uploadMs
  return Math.min(responseMs + (body?.sizeBytes ?? 0) / LEAST_BYTES_PER_MS, uploadMs)
}

/** Passes pieces of a body on while they arrive fast enough; the reader's own time does not count. */
export async function* requireFlow(
  pieces: AsyncIterable<Uint8Array>,
  { idleMs }: Timeouts,
): AsyncGenerator<Uint8Array> {
  let waitedMs = 0
  let bytes = 0
  let beganAtMs = performance.now()
  for await (const piece of pieces) {
    waitedMs += performance.now() - beganAtMs
    bytes += piece.length
    if (waitedMs > idleMs) {
      if (bytes < LEAST_BYTES) throw timedOut('too slow', 'UND_ERR_BODY_TIMEOUT')
      waitedMs = 0
      bytes = 0
    }
    yield piece
    beganAtMs = performance.now()
  }
}

function timedOut(message: string, code: string): Error {
  return Object.assign(new Error(message), { code })
}
