import { cleanText } from '../../builder/index.ts'
import type { StoreEvent } from '../../layer-store/index.ts'
import { inZone } from '../output/times.ts'

/** `2026-01-31T12:00:00.000000000+01:00 container start 9dffda2f3eed… (image=busybox, name=web)` */
export function eventLine({ time, type, action, id, attributes }: StoreEvent): string {
  const pairs = Object.entries(attributes)
    .map(([key, value]) => `${key}=${value}`)
    .sort()
  const about = pairs.length === 0 ? '' : ` (${pairs.join(', ')})`
  // SECURITY: names and labels of untrusted images must not control the terminal.
  return cleanText(`${localTime(time)} ${type} ${action} ${id}${about}`).replaceAll('\n', ' ')
}

/** In the local time zone, always with nine decimals. */
function localTime(time: string): string {
  const fraction = /\.(\d+)Z$/.exec(time)?.[1] ?? ''
  return inZone(new Date(time), `.${fraction.padEnd(9, '0')}`)
}
