import { parseDurationMs } from '../../notation/index.ts'
import { usageError } from '../errors.ts'

/** `10m`, `1h30m`, seconds since the epoch, or a date: milliseconds since the epoch. Durations count back from now. */
export function parseTime(text: string, nowMs: number): number {
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text) * 1000
  const durationMs = parseDurationMs(text)
  if (durationMs !== undefined) return nowMs - durationMs
  const ms = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(ms)) {
    throw usageError(
      `Cannot read the time "${text}": neither a date nor a duration (expected 2026-01-31T12:00:00, 10m or 1h30m)`,
    )
  }
  return ms
}
