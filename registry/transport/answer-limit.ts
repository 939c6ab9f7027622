import type { ExchangeRequest } from './exchange.ts'

/** What is waited for, and how long; changed by tests only. */
export interface Patience {
  /** From the request, or the last byte of a small body, to the answer. Interim answers (1xx) do not count. */
  readonly answerMs: number
  /** The same where an upload is closed, which a registry moves into place before it answers; never more than this. */
  readonly uploadMs: number
  /** Between two pieces of a body, and for the least that has to come of one. */
  readonly idleMs: number
}

export const PATIENCE: Patience = { answerMs: 60_000, uploadMs: 300_000, idleMs: 30_000 }

/** SECURITY: who sends a byte now and then keeps a connection open for ever. */
const LEAST_BYTES = 1024
/** Of a body that was handed over, and may wait in buffers or be copied before the answer. */
const LEAST_BYTES_PER_MS = 256

export interface AnswerLimit {
  readonly signal: AbortSignal
  /** The pieces of the request's body: the limit does not count while they are waited for, and begins anew with each. */
  sending(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array>
  /** The headers are here, or never come. */
  ended(): void
}

/** Aborts a request without an answer in time; undici's limit begins again with each line that arrives. */
export function limitAnswer(request: ExchangeRequest, patience: Patience): AnswerLimit {
  const controller = new AbortController()
  const limitMs = answerLimitMs(request, patience)
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

function answerLimitMs({ method, body }: ExchangeRequest, { answerMs, uploadMs }: Patience): number {
  if (method === 'PUT' && body?.sizeBytes === 0) return uploadMs
  return Math.min(answerMs + (body?.sizeBytes ?? 0) / LEAST_BYTES_PER_MS, uploadMs)
}

/** Passes pieces of a body on as long as they come fast enough; the reader's own time does not count. */
export async function* requireFlow(
  pieces: AsyncIterable<Uint8Array>,
  { idleMs }: Patience,
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
