import { setTimeout as sleep } from 'node:timers/promises'
import { debuglog } from 'node:util'
import { RegistryError } from '../errors.ts'
import type { Exchange, ExchangeRequest, ExchangeResponse } from './exchange.ts'
import { hasStalled, hasTimedOut, wasNeverThere } from './network-failure.ts'
import { isUsedUp } from './rate-limit.ts'

export interface RetryPolicy {
  /** Attempts after the first one. */
  readonly retries: number
  /** Before the first retry; doubles each time. */
  readonly firstDelayMs: number
}

const MAX_DELAY_MS = 15_000
/** A registry may request a longer delay than users accept: then the error reports it. */
const MAX_REQUESTED_DELAY_MS = 60_000
/** A host that never responded is given up sooner than one that did. */
const FIRST_CONTACT_RETRIES = 2
/** Each takes up to a minute. */
export const RETRIES_AFTER_TIMEOUT = 1
const PASSING = new Set(['REGISTRY_UNAVAILABLE', 'REGISTRY_TOO_MANY_REQUESTS'])
/** 520 to 524 are Cloudflare's, in front of registries that do not respond as they should. */
const REPAIRABLE_STATUS = new Set([408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524])
const debug = debuglog('tsbuild:registry')

/** Retries after a lost connection, or when a registry is overloaded or restarting. */
export function retrying(next: Exchange, policy: RetryPolicy): Exchange {
  const answered = new Set<string>()
  return async (request) => {
    let timeouts = 0
    for (let attempt = 0; ; attempt++) {
      const isLast = request.once === true || attempt >= policy.retries
      const outcome = await tryOnce(next, request)
      if (!(outcome instanceof RegistryError)) {
        answered.add(request.url.host)
        if (isLast || !REPAIRABLE_STATUS.has(outcome.status) || isUsedUp(outcome)) return outcome
        const requestedMs = retryAfterMs(outcome)
        if (isTooLong(requestedMs)) return outcome
        await outcome.discard()
        debug('%s answered %d, attempt %d', request.url.host, outcome.status, attempt + 1)
        await pauseBeforeRetry(backoffMs(policy, attempt, requestedMs), request.signal)
      } else {
        // a status is that of a token server, which the registry named
        const isFirstContact = outcome.status === undefined && !answered.has(request.url.host)
        const isUnreachable = isFirstContact && (wasNeverThere(outcome) || attempt >= FIRST_CONTACT_RETRIES)
        timeouts += hasStalled(outcome) ? 1 : 0
        if (isFirstContact ? hasTimedOut(outcome) : timeouts > RETRIES_AFTER_TIMEOUT) throw outcome
        if (isLast || isUnreachable || !isPassing(outcome)) throw outcome
        debug('%s failed: %s, attempt %d', request.url.host, outcome.message, attempt + 1)
        await pauseBeforeRetry(backoffMs(policy, attempt, outcome.retryAfterMs), request.signal)
      }
    }
  }
}

/** True for failures that a retry may fix: a lost connection, an overloaded or restarting registry. */
export function isPassing(error: unknown): error is RegistryError {
  if (!(error instanceof RegistryError) || error.isFinal) return false
  return PASSING.has(error.code) && !isTooLong(error.retryAfterMs)
}

/** A connection that transferred this much counts as good: the counters are reset. */
const GOOD_CONNECTION_BYTES = 256 << 10

/** Waits after a download broke, before it is continued; throws the failure if that is not worthwhile. */
export function reconnecting(policy: RetryPolicy, signal?: AbortSignal) {
  let failures = 0
  let timeouts = 0
  return async (failure: unknown, receivedBytes: number): Promise<void> => {
    if (!isPassing(failure)) throw failure
    const wasGood = receivedBytes >= GOOD_CONNECTION_BYTES
    failures = wasGood ? 0 : failures + 1
    timeouts = wasGood || !hasStalled(failure) ? 0 : timeouts + 1
    if (failures > policy.retries || timeouts > RETRIES_AFTER_TIMEOUT) throw failure
    await pauseBeforeRetry(backoffMs(policy, failures, failure.retryAfterMs), signal)
  }
}

function isTooLong(requestedMs: number | undefined): boolean {
  return requestedMs !== undefined && requestedMs > MAX_REQUESTED_DELAY_MS
}

/**
 * Pause before retry `attempt` (starting at 0): exponential backoff, with jitter so that clients do not return in step.
 */
export function backoffMs(policy: RetryPolicy, attempt: number, requestedMs = 0): number {
  const doubled = Math.min(policy.firstDelayMs * 2 ** attempt, MAX_DELAY_MS)
  return Math.max(doubled * (0.5 + Math.random() / 2), requestedMs)
}

export async function pauseBeforeRetry(delayMs: number, signal?: AbortSignal): Promise<void> {
  await sleep(delayMs, undefined, { ...(signal !== undefined && { signal }) }).catch(() => signal?.throwIfAborted())
}

async function tryOnce(next: Exchange, request: ExchangeRequest): Promise<ExchangeResponse | RegistryError> {
  try {
    return await next(request)
  } catch (failure) {
    if (failure instanceof RegistryError) return failure
    throw failure
  }
}

/** SPEC: RFC 9110 section 10.2.3: seconds or a date. */
export function retryAfterMs(response: ExchangeResponse): number | undefined {
  const text = response.header('retry-after')?.trim()
  if (text === undefined || text === '') return undefined
  if (/^\d+$/.test(text)) return Number(text) * 1000
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now())
}
