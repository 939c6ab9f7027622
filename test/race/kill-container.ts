import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

export type KillTarget = 'supervisor' | 'first process' | 'both'

/** Kills these supervisors, their first processes, or both, and returns the processes killed. */
export function killContainers(supervisors: readonly number[], target: KillTarget): readonly number[] {
  const victims = supervisors.flatMap((supervisor) => [
    ...(target === 'first process' ? [] : [supervisor]),
    ...(target === 'supervisor' ? [] : childrenOf(supervisor)),
  ])
  for (const pid of victims) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {} // has just ended
  }
  return victims
}

/** The processes with a working directory below this one. That of a supervisor is the directory of its container. */
export function processesIn(directory: string, except?: string): readonly number[] {
  return allProcesses().filter((pid) => {
    try {
      const place = readlinkSync(`/proc/${pid}/cwd`)
      return place.startsWith(directory) && (except === undefined || !place.endsWith(except))
    } catch {
      return false // has just ended
    }
  })
}

/** A killed process loses its memory before its files: only a zombie has ended. */
export function isAlive(pid: number): boolean {
  return /^State:\t[^ZX]/m.test(readProcessFile(pid, 'status'))
}

/** Empty if the process has ended. */
export function readProcessFile(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}

export function allProcesses(): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
}

export function cgroupsOf(id: string): readonly string[] {
  return ['', 'memory', 'pids', 'freezer', 'unified']
    .map((hierarchy) => join('/sys/fs/cgroup', hierarchy, 'tsbuild', id))
    .filter((path) => existsSync(path))
}

function childrenOf(parent: number): readonly number[] {
  return allProcesses().filter((pid) => readProcessFile(pid, 'status').includes(`\nPPid:\t${parent}\n`))
}
