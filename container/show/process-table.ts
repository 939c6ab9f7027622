import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { ProcessTable } from '../contract/container.ts'

const TITLES = ['UID', 'PID', 'PPID', 'C', 'STIME', 'TTY', 'TIME', 'CMD'] as const
/** SPEC: proc(5): unit of times in stat, on every Linux that Node runs on. */
const TICKS_A_SECOND = 100

/** SPEC: passwd(5). Names from the host, as `ps` there would show. */
function userNames(): ReadonlyMap<string, string> {
  try {
    const lines = readFileSync('/etc/passwd', 'utf8').split('\n')
    return new Map(lines.map((line) => line.split(':')).map(([name = '', , uid = '']) => [uid, name]))
  } catch {
    return new Map() // fall back to numbers
  }
}

/** Describes these processes as `ps -ef` on the host would. */
export function processTable(pids: readonly number[]): ProcessTable {
  const names = userNames()
  return { titles: TITLES, processes: pids.flatMap((pid) => rowOf(pid, names) ?? []) }
}

/**
 * All processes of a container, with host PIDs: the members of its cgroup, since others may share its PID namespace;
 * without a cgroup, those of the namespace.
 */
export function processesOf(firstPid: number, cgroup: readonly string[]): number[] {
  const [directory] = cgroup
  return directory === undefined ? processesInNamespaceOf(firstPid) : [...membersOf(directory)].sort((a, b) => a - b)
}

/** Includes child cgroups, which the container may have created. */
function membersOf(directory: string): readonly number[] {
  try {
    const own = readFileSync(join(directory, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number)
    const below = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    return [...own, ...below.flatMap(({ name }) => membersOf(join(directory, name)))]
  } catch {
    return [] // exited or removed concurrently
  }
}

/**
 * Processes in the same PID namespace, with host PIDs. Empty once the given process has exited: its PID is meaningless
 * then.
 */
function processesInNamespaceOf(firstPid: number): number[] {
  const namespace = namespaceOf(firstPid)
  if (namespace === undefined) return []
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.map(Number).filter((pid) => namespaceOf(pid) === namespace)
}

function namespaceOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`)
  } catch {
    return undefined // exited, or owned by another user
  }
}

function rowOf(pid: number, names: ReadonlyMap<string, string>): [string[]] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'))
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [parent = '0', terminal, user, system, started] = [fields[1], fields[4], fields[11], fields[12], fields[19]]
    const uid = /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0'
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim()
    const seconds = (Number(user) + Number(system)) / TICKS_A_SECOND
    const age = uptimeSeconds() - Number(started) / TICKS_A_SECOND
    const share = age > 0 ? Math.min(99, Math.trunc((seconds / age) * 100)) : 0
    const start = new Date(Date.now() - age * 1000).toTimeString().slice(0, 5)
    return [
      [
        names.get(uid) ?? uid,
        String(pid),
        parent,
        String(share),
        start,
        terminalName(Number(terminal)),
        clock(seconds),
        command || `[${name}]`,
      ],
    ]
  } catch {
    return undefined // exited concurrently
  }
}

/** SPEC: terminals in /dev/pts have major numbers 136 to 143. */
function terminalName(device: number): string {
  const [major, minor] = [(device >> 8) & 0xfff, (device & 0xff) | ((device >> 12) & 0xfff00)]
  return major >= 136 && major <= 143 ? `pts/${(major - 136) * 256 + minor}` : '?'
}

function clock(seconds: number): string {
  const parts = [seconds / 3600, (seconds / 60) % 60, seconds % 60]
  return parts.map((part) => String(Math.trunc(part)).padStart(2, '0')).join(':')
}

function uptimeSeconds(): number {
  return Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0])
}
