import type { Tokens } from '../state/tokens.ts'

const CHECK_MS = 5000

/** SECURITY: a stream outlives the check of its request; therefore the token is checked again until `end()`. */
export function whileAllowed(
  holder: { readonly id: number },
  { tokens, closing }: { readonly tokens: Tokens; readonly closing: AbortSignal },
): { readonly signal: AbortSignal; end(): void } {
  const revoked = new AbortController()
  const check = async (): Promise<void> => {
    // If the database is unavailable, the stream has no events to send.
    if (!(await tokens.isValid(holder.id).catch(() => true))) revoked.abort()
  }
  const timer = setInterval(() => void check(), CHECK_MS)
  return { signal: AbortSignal.any([closing, revoked.signal]), end: () => clearInterval(timer) }
}
