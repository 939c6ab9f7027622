import type { ExchangeRequest } from './exchange.ts'

/** What is waited for, and how long; changed by tests only. */
export interface Patience {
  /** From the request to its answer, where nothing is sent but headers. Interim answers (1xx) do not count. */
  readonly answerMs: number
  /** From the last byte of a body to the answer: a registry moves a large upload into place before it answers. */
  readonly uploadMs: number
  /** Between two pieces of a body, and for the least that has to come of one. */
  readonly idleMs: number
}

export const PATIENCE: Patience = { answerMs: 60_000, uploadMs: 300_000, idleMs: 30_000 }

/** SECURITY: who sends a byte now and then keeps a connection open for ever. */
const LEAST_BYTES = 1024

export interface AnswerLimit {
  readonly signal: AbortSignal | null
  /** The headers are here. */
  answered(): void
}

/** Aborts a request without an answer in time; undici's limit begins again with each line that arrives. */
export function limitAnswer({ method, body, signal }: ExchangeRequest, { answerMs }: Patience): AnswerLimit {
  const isReading = (method === 'GET' || method === 'HEAD') && body === undefined
  if (!isReading) return { signal: signal ?? null, answered: () => {} }
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(timedOut('no answer', 'UND_ERR_HEADERS_TIMEOUT')), answerMs)
  const all = signal === undefined ? controller.signal : AbortSignal.any([signal, controller.signal])
  return { signal: all, answered: () => clearTimeout(timer) }
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
