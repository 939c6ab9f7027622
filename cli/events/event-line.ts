import { cleanText } from '../../builder/index.ts'
import type { StoreEvent } from '../../layer-store/index.ts'

/** `2026-01-31T12:00:00.000000000+01:00 container start 9dffda2f3eed… (image=busybox, name=web)` */
export function eventLine({ time, type, action, id, attributes }: StoreEvent): string {
  const pairs = Object.entries(attributes)
    .map(([key, value]) => `${key}=${value}`)
    .sort()
  const about = pairs.length === 0 ? '' : ` (${pairs.join(', ')})`
  // SECURITY: names and labels of foreign images must not steer the terminal.
  return cleanText(`${localTime(time)} ${type} ${action} ${id}${about}`).replaceAll('\n', ' ')
}

/** In the time zone of whoever reads it, always with nine digits of a second. */
function localTime(time: string): string {
  const fraction = /\.(\d+)Z$/.exec(time)?.[1] ?? ''
  const date = new Date(time)
  const minutes = -date.getTimezoneOffset()
  const shifted = new Date(date.getTime() + minutes * 60_000).toISOString().slice(0, 19)
  return `${shifted}.${fraction.padEnd(9, '0')}${zone(minutes)}`
}

function zone(minutes: number): string {
  if (minutes === 0) return 'Z'
  const two = (number: number) => String(number).padStart(2, '0')
  const distance = Math.abs(minutes)
  return `${minutes < 0 ? '-' : '+'}${two(Math.trunc(distance / 60))}:${two(distance % 60)}`
}
