import type { ExchangeResponse } from './exchange.ts'

/** A registry's rate limit for pulls. SPEC: docs.docker.com/docker-hub/usage/pulls: `ratelimit-limit: 100;w=21600`. */
interface RateLimit {
  readonly count: number
  readonly windowSeconds: number | undefined
}

/** The rate limit is used up: retrying within seconds does not help. */
export function isUsedUp(response: ExchangeResponse): boolean {
  const isCounted = parseLimit(response.header('ratelimit-limit')) !== undefined
  return response.status === 429 && isCounted && parseLimit(response.header('ratelimit-remaining'))?.count === 0
}

/** `limit 100 in 6 h, remaining 0, retry after 60 s`, as far as the registry reports it. */
export function rateLimitFacts(response: ExchangeResponse): string {
  const limit = parseLimit(response.header('ratelimit-limit'))
  const remaining = parseLimit(response.header('ratelimit-remaining'))
  const after = response.header('retry-after')
  const facts = [
    limit && `limit ${limit.count}${limit.windowSeconds === undefined ? '' : ` in ${shown(limit.windowSeconds)}`}`,
    remaining && `remaining ${remaining.count}`,
    after && `retry after ${/^\d+$/.test(after) ? shown(Number(after)) : after}`,
  ]
  return facts.filter(Boolean).join(', ')
}

function parseLimit(text: string | undefined): RateLimit | undefined {
  const [, count, window] = /^(\d{1,9})(?:;\s*w=(\d{1,9}))?$/.exec(text?.trim() ?? '') ?? []
  if (count === undefined) return undefined
  return { count: Number(count), windowSeconds: window === undefined ? undefined : Number(window) }
}

function shown(seconds: number): string {
  if (seconds > 0 && seconds % 3600 === 0) return `${seconds / 3600} h`
  if (seconds > 0 && seconds % 60 === 0) return `${seconds / 60} min`
  return `${seconds} s`
}
