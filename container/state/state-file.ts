import { renameSync, statSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { hasCode } from '../../layer-store/index.ts'
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
  /** Directories of its cgroup; also of one that a killed supervisor left behind. */
  readonly cgroup: readonly string[]
  /** Of the first process: clock ticks since boot. */
  readonly startTicks: number
  /** Its supervisor was killed, and nothing has cleaned up after it. */
  readonly isAbandoned: boolean
  /** The first process of an abandoned container, where it has outlived its supervisor. */
  readonly orphan?: LivingProcess
  /** Really bound, while it runs. */
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
 * The truth of this moment: what was written counts only as far as the processes that it names are alive. Throws
 * CONTAINER_DAMAGED for a state that another user has written.
 */
export function readState(files: ContainerFiles): ReadState {
  const written = readWritten(files)
  if (written === undefined) return NEVER_STARTED
  const { bootId } = written
  const hasSupervisor = isAlive({ pid: written.supervisorPid, startTicks: written.supervisorStartTicks, bootId })
  const claimsLife = written.status !== 'exited' && written.status !== 'created'
  // What ends by its cgroup has it written down before its first process starts.
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
 * SECURITY: a process inside may undo that it ends with its supervisor (test/attack/processes/outliving-process.test.ts). Only the
 * first process of a namespace is to be ended.
 */
function orphanOf({ pid, startTicks, bootId }: WrittenState): LivingProcess | undefined {
  return isAlive({ pid, startTicks, bootId }) && isFirstOfNamespace(pid) ? { pid, startTicks } : undefined
}

/** The end of an abandoned container, as its supervisor would have written it down. Throws STORE_FULL, STORE_READ_ONLY. */
export function writeEnd(files: ContainerFiles): void {
  const written = readWritten(files)
  if (written === undefined) return
  const fresh = `${files.state}.ended`
  const end = { ...written, ...abandoned(written, files.state), cgroup: [], ports: [] }
  changeStore(`write down the end of container "${basename(files.directory).slice(0, 12)}"`, () => {
    writeFileSync(fresh, JSON.stringify(end), { mode: 0o600 })
    renameSync(fresh, files.state)
  })
}

/** The supervisor died, by kill or with the machine, and its container with it; the time was not recorded. */
function abandoned(written: WrittenState, path: string): ContainerState {
  if (written.startedAt === undefined) return { ...NEVER_STARTED.state, restartCount: written.restartCount }
  return {
    status: 'exited',
    pid: 0,
    supervisorPid: 0,
    exitCode: written.status === 'restarting' ? written.exitCode : KILLED, // between two lives nothing was killed
    oomKilled: false,
    error: '',
    restartCount: written.restartCount,
    startedAt: written.startedAt,
    ...(written.health !== undefined && { health: { ...written.health, status: 'unhealthy' } }),
    finishedAt: lastSign(written, path),
  }
}

/** File systems date by a coarser clock than the supervisor: nothing ends before it has started. */
function lastSign({ startedAt }: WrittenState, path: string): string {
  const writtenAt = statSync(path, { throwIfNoEntry: false })?.mtime ?? new Date()
  return startedAt !== undefined && writtenAt.getTime() <= Date.parse(startedAt) ? startedAt : writtenAt.toISOString()
}

/** A file that is torn (a machine that lost power), or no state of this container, reads as if it were not there. */
function readWritten(files: ContainerFiles): WrittenState | undefined {
  try {
    return parseState(JSON.parse(readOwnFile(files.state)), basename(files.directory))
  } catch (error) {
    if (error instanceof SyntaxError || hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return undefined
    throw error
  }
}
