import { humanDuration } from '../../container/index.ts'

/** `2 minutes ago`; `N/A` for a time that is not known. */
export function ago(time: string | undefined, nowMs: number): string {
  const ms = time === undefined ? Number.NaN : Date.parse(time)
  return Number.isNaN(ms) ? 'N/A' : `${humanDuration(nowMs - ms)} ago`
}

/** As Go prints a time: `2026-01-31 12:00:00 +0000 UTC`. */
export function goTime(time: string | undefined): string {
  const ms = time === undefined ? Number.NaN : Date.parse(time)
  return Number.isNaN(ms) ? 'N/A' : `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} +0000 UTC`
}
