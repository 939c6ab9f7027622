import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { findOnPath } from './find-binary.ts'
import type { IdMapping, IdRange } from './protocol.ts'

const CAP_SYS_ADMIN = 21n

/**
 * Root uses the host's IDs; other users their subordinate IDs, if any, or only their own ID. Root in a user namespace
 * with a single ID counts as another user.
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
 * Ranges in `/etc/subuid` or `/etc/subgid` of one of the names (a login name or a UID). One that overlaps an earlier
 * one, as for a user listed by name and by UID, is dropped: the kernel maps no ID twice.
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

/** Root in an unprivileged container has UID 0, but cannot mount. */
function hasSysAdmin(): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readText('/proc/self/status'))?.[1]
  return effective !== undefined && ((BigInt(`0x${effective}`) >> CAP_SYS_ADMIN) & 1n) === 1n
}

function hasOneId(): boolean {
  return /^\s*\d+\s+\d+\s+1\s*$/.test(readText('/proc/self/uid_map'))
}

/** False if user namespaces can certainly be created: without a seccomp filter and with permissive kernel settings. */
export function mayForbidNamespaces(): boolean {
  const isFiltered = /^Seccomp:\s*2$/m.test(readText('/proc/self/status'))
  const settings = [
    ['user/max_user_namespaces', '0'],
    ['kernel/unprivileged_userns_clone', '0'],
    ['kernel/apparmor_restrict_unprivileged_userns', '1'],
  ] as const
  return isFiltered || settings.some(([name, off]) => readText(`/proc/sys/${name}`).trim() === off)
}

/** Whether this process is in a plain chroot, whose mounts cannot be separated from those of the machine. */
export function isInChroot(): boolean {
  // SPEC: proc_pid_mountinfo(5): field 5 is the mount point, relative to the root of this process.
  const mounts = readText('/proc/self/mountinfo')
  return mounts !== '' && !/^\S+ \S+ \S+ \S+ \/ /m.test(mounts)
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
