import { randomBytes } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'

/**
 * Names in `tmp/` start with their owner: PID, start time and PID namespace. Together these are never reused while the
 * machine runs, so files of dead processes can be distinguished from those of live ones.
 */
export function temporaryName(): string {
  return `${ownOwner()}.${randomBytes(9).toString('hex')}`
}

export type OwnerState = 'self' | 'alive' | 'dead' | 'unknown'

/** `unknown`: from another PID namespace (a container that shares the store), or not a temporary name. */
export function ownerState(name: string): OwnerState {
  const owner = /(?:^|\.)(\d+-\d+-\d+)\./.exec(name)?.[1]
  if (owner === undefined) return 'unknown'
  if (owner === ownOwner()) return 'self'
  const [pid = '', startedAt, namespace] = owner.split('-')
  if (namespace !== pidNamespace()) return 'unknown'
  return startTimeOf(pid) === startedAt ? 'alive' : 'dead'
}

/** PID of the owner in its own PID namespace. Undefined if it is not a temporary name. */
export function temporaryOwner(name: string): number | undefined {
  const pid = /(?:^|[.~])(\d+)-\d+-\d+\./.exec(name)?.[1]
  return pid === undefined ? undefined : Number(pid)
}

let ownOwnerCache: string | undefined

function ownOwner(): string {
  ownOwnerCache ??= `${process.pid}-${startTimeOf('self') ?? 0}-${pidNamespace()}`
  return ownOwnerCache
}

function pidNamespace(): string {
  return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0'
}

/** SPEC: proc(5), field 22 of stat; the name in field 2 may contain blanks and brackets. */
function startTimeOf(pid: string): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined // no such process
  }
}
