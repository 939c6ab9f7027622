import { humanDuration } from '../../container/index.ts'

/** Go's zero time, which Go programs write for an unknown time. */
const ZERO_TIME_MS = Date.parse('0001-01-01T00:00:00Z')

/** `2 minutes ago`; `N/A` for an unknown time. */
export function ago(time: string | undefined, nowMs: number): string {
  const ms = time === undefined ? Number.NaN : Date.parse(time)
  return ms > ZERO_TIME_MS ? `${humanDuration(nowMs - ms)} ago` : 'N/A'
}

/** In Go's format: `2026-01-31 12:00:00 +0000 UTC`. */
export function goTime(time: string | undefined): string {
  const ms = time === undefined ? Number.NaN : Date.parse(time)
  return Number.isNaN(ms) ? 'N/A' : `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} +0000 UTC`
}

/** RFC 3339 in this machine's time zone, as docker prints some times; `fraction` includes the dot. */
export function inZone(date: Date, fraction = ''): string {
  const minutes = -date.getTimezoneOffset()
  const shifted = new Date(date.getTime() + minutes * 60_000).toISOString().slice(0, 19)
  return `${shifted}${fraction}${zone(minutes)}`
}

function zone(minutes: number): string {
  if (minutes === 0) return 'Z'
  const two = (number: number) => String(number).padStart(2, '0')
  const distance = Math.abs(minutes)
  return `${minutes < 0 ? '-' : '+'}${two(Math.trunc(distance / 60))}:${two(distance % 60)}`
}
