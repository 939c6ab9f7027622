import { usageError } from '../errors.ts'

const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** `10m`, `1h30m`, seconds since the epoch, or a date: milliseconds since the epoch. Durations count back from now. */
export function parseTime(text: string, nowMs: number): number {
  const durationMs = parseDuration(text)
  if (durationMs !== undefined) return nowMs - durationMs
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text) * 1000
  const ms = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(ms)) {
    throw usageError(
      `Cannot read the time "${text}": it is no date and no duration (want 2026-01-31T12:00:00, 10m or 1h30m)`,
    )
  }
  return ms
}

/** SPEC: Go time.ParseDuration, and `d` for days. */
export function parseDuration(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:[nuµm]s|[smhd]))+$/.test(text)) return undefined
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)([nuµm]s|[smhd])/g)]
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNITS[unit ?? ''] ?? 0), 0)
}
