import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { resolve } from 'node:path'

const binary = resolve(import.meta.dirname, '../../dist/tsbuild-sandbox')

/** Runs around the whole suite: processes and mounts of the tests must be gone at the end. */
export default function nothingLeft(): () => void {
  const before = new Set(remains())
  return () => {
    const left = remains().filter((line) => !before.has(line))
    if (left.length > 0) {
      process.exitCode = 1
      throw new Error(`Tests left behind:\n${left.join('\n')}`)
    }
  }
}

function remains(): string[] {
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .filter((line) => line.includes('tsbuild'))
    .map((line) => `mount ${line.split(' ')[1]}`)
  const processes = listDirectory('/proc')
    .filter((name) => /^\d+$/.test(name) && isOurs(name))
    .map((pid) => `process ${pid}`)
  const hierarchies = ['', 'devices', 'memory', 'pids', 'cpu', 'cpuset', 'unified']
  const cgroups = hierarchies
    .flatMap((name) => listDirectory(`/sys/fs/cgroup/${name}/tsbuild`).map((group) => `${name}/tsbuild/${group}`))
    .filter((path) => isEmptyCgroup(`/sys/fs/cgroup/${path}`))
    .map((path) => `cgroup ${path}`)
  return [...mounts, ...processes, ...cgroups]
}

/** The binary of this checkout; another one may be running on the same machine. */
function isOurs(pid: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/exe`).startsWith(binary)
  } catch {
    return false // has just ended
  }
}

/** A group without processes that was not removed. */
function isEmptyCgroup(path: string): boolean {
  try {
    return readFileSync(`${path}/cgroup.procs`, 'utf8') === ''
  } catch {
    return false
  }
}

function listDirectory(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
  } catch {
    return []
  }
}
