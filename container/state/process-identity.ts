import { readFileSync } from 'node:fs'

/** Identifies a process beyond its PID, which may be reused. */
export interface ProcessIdentity {
  readonly pid: number
  /** Start time in clock ticks since boot. */
  readonly startTicks: number
  readonly bootId: string
}

/** False for a dead process, a zombie, a later one with the same PID, and after a reboot. */
export function isAlive(process: ProcessIdentity): boolean {
  return process.pid > 0 && process.bootId === bootId() && startTicks(process.pid) === process.startTicks
}

/** SPEC: proc(5), NSpid in status: its PIDs from the reader's namespace to its own. */
export function isFirstOfNamespace(pid: number): boolean {
  try {
    return /^NSpid:\t\d+\t(?:\d+\t)*1$/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'))
  } catch {
    return false // no such process
  }
}

export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, startTicks: startTicks(process.pid) ?? 0, bootId: bootId() }
}

let bootIdCache: string | undefined

function bootId(): string {
  bootIdCache ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  return bootIdCache
}

/** SPEC: proc(5), fields 3 and 22 of stat; the name in field 2 may contain blanks and brackets. */
function startTicks(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : Number(fields[19])
  } catch {
    return undefined // no such process
  }
}
