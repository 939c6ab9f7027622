import { parseDurationMs } from './duration.ts'

/**
 * `10m`, `1h30m`, seconds since the epoch, or a date: milliseconds since the epoch. Durations count back from now.
 * Undefined for anything else. SPEC: docker logs --since
 */
export function parseTimeMs(text: string, nowMs: number): number | undefined {
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text) * 1000
  const durationMs = parseDurationMs(text)
  if (durationMs !== undefined) return nowMs - durationMs
  const ms = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(ms) ? undefined : ms
}
