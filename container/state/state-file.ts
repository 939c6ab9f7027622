import { renameSync, statSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { hasCode } from '../../errors/index.ts'
import type { LivingProcess } from '../../sandbox-native/driver/index.ts'
import type { ContainerState, PortMapping } from '../contract/record.ts'
import type { ContainerFiles } from './container-files.ts'
import { changeStore } from './file-errors.ts'
import { isFrozen } from './freezer.ts'
import { parseState, type WrittenState } from './parse-state.ts'
import { isAlive, isFirstOfNamespace } from './process-identity.ts'
import { readOwnFile } from './read-own-file.ts'

export interface ReadState {
  readonly state: ContainerState
  /** Cgroup directories, including those left behind by a killed supervisor. */
  readonly cgroup: readonly string[]
  /** Start time of the first process, in clock ticks since boot. */
  readonly startTicks: number
  /** Its supervisor was killed and has not been cleaned up after. */
  readonly isAbandoned: boolean
  /** The first process of an abandoned container, if it outlived its supervisor. */
  readonly orphan?: LivingProcess
  /** The ports actually bound, while it runs. */
  readonly ports: readonly PortMapping[]
}

const NEVER_STARTED: ReadState = {
  state: { status: 'created', pid: 0, supervisorPid: 0, exitCode: 0, oomKilled: false, error: '', restartCount: 0 },
  ports: [],
  cgroup: [],
  startTicks: 0,
  isAbandoned: false,
}
const KILLED = 137

/**
 * The current state: written state counts only while the processes it names are alive. Throws CONTAINER_DAMAGED for a
 * state written by another user.
 */
export function readState(files: ContainerFiles): ReadState {
  const written = readWritten(files)
  if (written === undefined) return NEVER_STARTED
  const { bootId } = written
  const hasSupervisor = isAlive({ pid: written.supervisorPid, startTicks: written.supervisorStartTicks, bootId })
  const claimsLife = written.status !== 'exited' && written.status !== 'created'
  // A container that is ended through its cgroup records the cgroup before its first process starts.
  if (!hasSupervisor && (claimsLife || written.cgroup.length > 0)) {
    const orphan = orphanOf(written)
    return {
      state: abandoned(written, files.state),
      ports: [],
      cgroup: written.cgroup,
      startTicks: 0,
      isAbandoned: true,
      ...(orphan !== undefined && { orphan }),
    }
  }
  const status = claimsLife && isFrozen(written.cgroup) ? 'paused' : written.status
  const { exitCode, oomKilled, error, startedAt, finishedAt, restartCount, health } = written
  const state: ContainerState = {
    status,
    pid: claimsLife ? written.pid : 0,
    supervisorPid: claimsLife ? written.supervisorPid : 0,
    exitCode,
    oomKilled,
    error,
    restartCount,
    ...(startedAt !== undefined && { startedAt }),
    ...(finishedAt !== undefined && { finishedAt }),
    ...(health !== undefined && { health }),
  }
  return {
    state,
    ports: claimsLife ? written.ports : [],
    cgroup: written.cgroup,
    startTicks: written.startTicks,
    isAbandoned: false,
  }
}

/**
 * SECURITY: a process inside may undo its parent-death signal (test/attack/processes/outliving-process.test.ts). Only
 * the first process of a namespace may be killed.
 */
function orphanOf({ pid, startTicks, bootId }: WrittenState): LivingProcess | undefined {
  return isAlive({ pid, startTicks, bootId }) && isFirstOfNamespace(pid) ? { pid, startTicks } : undefined
}

/** Records the end of an abandoned container as its supervisor would have. Throws STORE_FULL, STORE_READ_ONLY. */
export function writeEnd(files: ContainerFiles): void {
  const written = readWritten(files)
  if (written === undefined) return
  const fresh = `${files.state}.ended`
  const end = { ...written, ...abandoned(written, files.state), cgroup: [], ports: [] }
  changeStore(`record the exit of container "${basename(files.directory).slice(0, 12)}"`, () => {
    writeFileSync(fresh, JSON.stringify(end), { mode: 0o600 })
    renameSync(fresh, files.state)
  })
}

/** The supervisor was killed or the machine went down, and the container with it; the time was not recorded. */
function abandoned(written: WrittenState, path: string): ContainerState {
  if (written.startedAt === undefined) return { ...NEVER_STARTED.state, restartCount: written.restartCount }
  return {
    status: 'exited',
    pid: 0,
    supervisorPid: 0,
    exitCode: written.status === 'restarting' ? written.exitCode : KILLED, // nothing was killed between two runs
    oomKilled: false,
    error: '',
    restartCount: written.restartCount,
    startedAt: written.startedAt,
    ...(written.health !== undefined && { health: { ...written.health, status: 'unhealthy' } }),
    finishedAt: lastSign(written, path),
  }
}

/** Filesystem timestamps are coarser than the supervisor's clock: nothing ends before it started. */
function lastSign({ startedAt }: WrittenState, path: string): string {
  const writtenAt = statSync(path, { throwIfNoEntry: false })?.mtime ?? new Date()
  return startedAt !== undefined && writtenAt.getTime() <= Date.parse(startedAt) ? startedAt : writtenAt.toISOString()
}

/** A truncated file (after a power failure), or one that is not this container's state, is treated as missing. */
function readWritten(files: ContainerFiles): WrittenState | undefined {
  try {
    return parseState(JSON.parse(readOwnFile(files.state)), basename(files.directory))
  } catch (error) {
    if (error instanceof SyntaxError || hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return undefined
    throw error
  }
}
