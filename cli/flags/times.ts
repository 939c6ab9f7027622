import { parseTimeMs } from '../../notation/index.ts'
import { usageError } from '../errors.ts'

/** The time of a flag such as `--since`, in milliseconds since the epoch. */
export function parseTime(text: string, nowMs: number): number {
  const ms = parseTimeMs(text, nowMs)
  if (ms !== undefined) return ms
  throw usageError(
    `Cannot read the time "${text}": neither a date nor a duration (expected 2026-01-31T12:00:00, 10m or 1h30m)`,
  )
}
