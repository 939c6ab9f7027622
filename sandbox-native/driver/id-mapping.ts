import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { findOnPath } from './find-binary.ts'
import type { IdMapping, IdRange } from './protocol.ts'

const CAP_SYS_ADMIN = 21n

/**
 * Root works with the host's ids; others with their subordinate ids where they have any, else with their own alone. Root
 * of a user namespace that has no id but this one is such another.
 */
export function chooseIdMapping(env: NodeJS.ProcessEnv): IdMapping {
  if (process.getuid?.() === 0 && hasSysAdmin()) return hasOneId() ? { kind: 'single' } : { kind: 'host' }
  const hasTools = ['newuidmap', 'newgidmap'].every((tool) => findOnPath(tool, env['PATH']) !== undefined)
  if (!hasTools) return { kind: 'single' }
  const owners = ownNames()
  const uidRanges = parseSubordinateIds(readText('/etc/subuid'), owners)
  const gidRanges = parseSubordinateIds(readText('/etc/subgid'), owners)
  if (uidRanges.length === 0 || gidRanges.length === 0) return { kind: 'single' }
  return { kind: 'subordinate', uidRanges, gidRanges }
}

/**
 * Ranges of `/etc/subuid` or `/etc/subgid` that belong to one of the names (a login name or a uid). One that overlaps
 * an earlier one, as where a user is listed by name and by uid, is left out: the kernel maps no id twice.
 */
export function parseSubordinateIds(text: string, owners: readonly string[]): IdRange[] {
  const ranges = text.split('\n').flatMap((line) => {
    const match = /^([^:#]+):(\d+):(\d+)\s*$/.exec(line)
    if (match === null || !owners.includes(match[1] ?? '')) return []
    const range = { start: Number(match[2]), count: Number(match[3]) }
    return range.count > 0 && range.start + range.count <= 0xffff_ffff ? [range] : []
  })
  return ranges.filter((range, index) => !ranges.slice(0, index).some((earlier) => overlap(earlier, range)))
}

function overlap(one: IdRange, other: IdRange): boolean {
  return one.start < other.start + other.count && other.start < one.start + one.count
}

/** Root of an unprivileged container has the number, but can't mount. */
function hasSysAdmin(): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readText('/proc/self/status'))?.[1]
  return effective !== undefined && ((BigInt(`0x${effective}`) >> CAP_SYS_ADMIN) & 1n) === 1n
}

export function hasOneId(): boolean {
  return /^\s*\d+\s+\d+\s+1\s*$/.test(readText('/proc/self/uid_map'))
}

/** False where user namespaces can be made for certain: without a filter of system calls and with the kernel's settings open. */
export function mayForbidNamespaces(): boolean {
  const isFiltered = /^Seccomp:\s*2$/m.test(readText('/proc/self/status'))
  const settings = [
    ['user/max_user_namespaces', '0'],
    ['kernel/unprivileged_userns_clone', '0'],
    ['kernel/apparmor_restrict_unprivileged_userns', '1'],
  ] as const
  return isFiltered || settings.some(([name, off]) => readText(`/proc/sys/${name}`).trim() === off)
}

function ownNames(): string[] {
  const uid = String(process.getuid?.() ?? 0)
  try {
    return [userInfo().username, uid]
  } catch {
    return [uid] // a uid without an entry in the user database
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // not there: nothing is granted
  }
}
