import { basename, isAbsolute } from 'node:path'
import type { ContainerHealth, PortMapping } from '../contract/record.ts'
import { isCount, isTable } from './document-shape.ts'
import { parseHealth } from './parse-health.ts'

/** `state.json`, as written by the supervisor (sandbox-native/crates/supervisor/src/state_file.rs). */
export interface WrittenState {
  readonly status: 'created' | 'running' | 'restarting' | 'exited'
  readonly pid: number
  readonly startTicks: number
  readonly supervisorPid: number
  readonly supervisorStartTicks: number
  readonly bootId: string
  readonly exitCode: number
  readonly oomKilled: boolean
  readonly error: string
  readonly startedAt?: string
  readonly finishedAt?: string
  readonly restartCount: number
  readonly ports: readonly PortMapping[]
  /** The container's cgroup directories. */
  readonly cgroup: readonly string[]
  readonly health?: ContainerHealth
}

const STATUSES: ReadonlySet<unknown> = new Set(['created', 'running', 'restarting', 'exited'])
const COUNTS = ['pid', 'startTicks', 'supervisorPid', 'supervisorStartTicks', 'restartCount'] as const

/** Undefined for anything that a supervisor of container `id` would not write. */
export function parseState(document: unknown, id: string): WrittenState | undefined {
  if (!isTable(document) || !isState(document)) return undefined
  const { health, ...state } = document
  const parsed = parseHealth(health)
  // SECURITY: processes in these cgroups are killed when cleaning up after a killed supervisor.
  const cgroup = state.cgroup.filter((path) => isAbsolute(path) && basename(path) === id)
  return { ...state, cgroup, ...(parsed !== undefined && { health: parsed }) }
}

function isState(
  document: Readonly<Record<string, unknown>>,
): document is Readonly<Record<string, unknown>> & WrittenState {
  const { status, bootId, exitCode, oomKilled, error, startedAt, finishedAt, ports, cgroup } = document
  return (
    STATUSES.has(status) &&
    COUNTS.every((key) => isCount(document[key])) &&
    Number.isSafeInteger(exitCode) &&
    typeof bootId === 'string' &&
    typeof oomKilled === 'boolean' &&
    typeof error === 'string' &&
    [startedAt, finishedAt].every((time) => time === undefined || typeof time === 'string') &&
    Array.isArray(ports) &&
    ports.every(isPort) &&
    Array.isArray(cgroup) &&
    cgroup.every((path) => typeof path === 'string')
  )
}

function isPort(value: unknown): value is PortMapping {
  if (!isTable(value)) return false
  const { protocol, containerPort, hostPort, hostIp } = value
  const isNamed = (protocol === 'tcp' || protocol === 'udp') && (hostIp === undefined || typeof hostIp === 'string')
  return isNamed && isCount(containerPort) && isCount(hostPort)
}
