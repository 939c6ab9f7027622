import { readFileSync } from 'node:fs'

/** Private memory of a process. */
export function privateBytes(pid) {
  const lines = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8').matchAll(/^Private_(?:Clean|Dirty): +(\d+) kB/gm)
  return [...lines].reduce((sum, [, kilobytes]) => sum + Number(kilobytes) * 1024, 0)
}
