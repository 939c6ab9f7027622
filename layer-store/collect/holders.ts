import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'

export interface StoreHolder {
  readonly pid: number
  /** Without arguments, which may contain secrets. */
  readonly command: string
  readonly parent: number
}

/** Processes that hold the lock. Those of other users and PID namespaces are not visible. */
export function storeHolders(path: string): readonly StoreHolder[] {
  const { dev, ino } = statSync(path)
  const isLock = (link: string) => {
    const found = statSync(link, { throwIfNoEntry: false })
    return found?.dev === dev && found.ino === ino
  }
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const holders = pids.filter((pid) => holds(pid, basename(path), isLock)).flatMap(describe)
  // The native process that a command starts for locking has the same descriptor.
  return holders.filter(({ parent }) => !holders.some(({ pid }) => pid === parent))
}

function holds(pid: string, name: string, isLock: (link: string) => boolean): boolean {
  const folder = join('/proc', pid, 'fd')
  return (ifReadable(() => readdirSync(folder)) ?? []).some((descriptor) => {
    const link = join(folder, descriptor)
    const look = () => basename(readlinkSync(link)) === name && isLock(link)
    return ifReadable(look) === true && isLocked(pid, descriptor)
  })
}

/** SPEC: proc(5), fdinfo. The PID there is that of the process that took the lock, which has exited. */
function isLocked(pid: string, descriptor: string): boolean {
  const text = ifReadable(() => readFileSync(join('/proc', pid, 'fdinfo', descriptor), 'latin1'))
  return text !== undefined && /^lock:.*\bFLOCK\b/m.test(text)
}

function describe(pid: string): readonly StoreHolder[] {
  const stat = ifReadable(() => readFileSync(join('/proc', pid, 'stat'), 'latin1'))
  const line = ifReadable(() => readFileSync(join('/proc', pid, 'cmdline'), 'utf8'))
  if (stat === undefined || line === undefined) return []
  const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  return [{ pid: Number(pid), parent, command: commandOf(line.split('\0')) }]
}

/** Extracts `tsbuild build` from `node -- …/dist/start.cjs build --tag …`. */
function commandOf(line: readonly string[]): string {
  const start = line.findIndex((word) => basename(word) === 'start.cjs')
  if (start === -1) return basename(line.find((word) => /\.[cm]?[jt]s$/.test(word)) ?? line[0] ?? '')
  const verb = line
    .slice(start + 1)
    .find((word, index, words) => /^[a-z]+$/.test(word) && words[index - 1] !== '--root')
  return ['tsbuild', ...(verb === undefined ? [] : [verb])].join(' ')
}

/** Undefined if the process has exited, or belongs to another user. */
function ifReadable<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
