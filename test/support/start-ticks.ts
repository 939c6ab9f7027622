import { readFileSync } from 'node:fs'

/** What distinguishes a process from a later one with its number. The 22nd field of the line; the second is the name in parentheses. */
export function startTicks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19])
}
