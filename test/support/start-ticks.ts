import { readFileSync } from 'node:fs'

/**
 * The start time, which distinguishes a process from a later one with its PID: the 22nd field; the second is the name
 * in parentheses.
 */
export function startTicks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19])
}
