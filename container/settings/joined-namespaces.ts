import type { RunRequest } from '../../sandbox-native/driver/index.ts'
import type { ContainerContext } from '../contract/context.ts'
import { ContainerError } from '../contract/errors.ts'
import type { RunSpec } from '../contract/run-spec.ts'
import { filesOf } from '../state/container-files.ts'
import { findContainer } from '../state/find-container.ts'
import { readState } from '../state/state-file.ts'
import { findStored, type StoredContainer } from '../state/stored-container.ts'

/** Longer than chains that users create manually; cycles are impossible, as each container refers to an older one. */
const LONGEST_CHAIN = 100

/** Replaces container references in `pid` and `ipc` by IDs. CONTAINER_MISSING. */
export function withJoinedIds(root: string, spec: RunSpec): RunSpec {
  const idOf = <M extends string>(mode: M): M | `container:${string}` => {
    const other = joinedContainer(mode)
    return other === undefined ? mode : `container:${findContainer(root, other).id}`
  }
  return {
    ...spec,
    ...(spec.pid !== undefined && { pid: idOf(spec.pid) }),
    ...(spec.ipc !== undefined && { ipc: idOf(spec.ipc) }),
  }
}

/** The ID in `container:ID`. */
export function joinedContainer(mode: string | undefined): string | undefined {
  return /^container:(.+)$/s.exec(mode ?? '')?.[1]
}

/**
 * PID and IPC namespaces that it joins, resolved now. Throws CONTAINER_NOT_RUNNING, or if this user cannot join them.
 */
export function sharedNamespaces(
  context: ContainerContext,
  stored: StoredContainer,
): Pick<RunRequest, 'pid' | 'ipc' | 'cgroupns'> {
  const { root } = context
  if (context.native.idMapping.kind !== 'host') refuseAsUser(context, stored)
  const { pid, ipc } = stored
  const memory = joinedContainer(ipc)
  if (memory !== undefined) requireShareable(root, memory)
  return {
    ...(pid !== undefined && { pid: pid === 'host' ? 'host' : joinRunning(root, pid, 'processes') }),
    ...(ipc === 'host' || ipc === 'none' ? { ipc } : {}),
    ...(memory !== undefined && { ipc: joinRunning(root, `container:${memory}`, 'IPC') }),
    ...(stored.cgroupns === 'host' ? { cgroupns: 'host' } : {}),
  }
}

/** Whether it sees the host's processes, directly or through other containers. */
export function seesHostProcesses(root: string, stored: StoredContainer): boolean {
  let seen: StoredContainer | undefined = stored
  for (let length = 0; length < LONGEST_CHAIN && seen !== undefined; length += 1) {
    if (seen.pid === 'host') return true
    const other = joinedContainer(seen.pid)
    seen = other === undefined ? undefined : findStored(root, other)
  }
  return false
}

/**
 * SECURITY: among the host's processes, a user's container could trace its own supervisor and network helper, which are
 * in its user namespace and see everything that the user can.
 */
export function ptraceRefused(stored: StoredContainer): ContainerError {
  return new ContainerError(
    'CONTAINER_START_FAILED',
    `Cannot share the host's processes with container "${stored.name}": with SYS_PTRACE it could take over its own supervisor outside the container (only root may do this)`,
    { hint: 'Omit --privileged and --cap-add SYS_PTRACE' },
  )
}

function refuseAsUser(context: ContainerContext, stored: StoredContainer): void {
  if (stored.cgroupns === 'host')
    throw refused("the host's cgroup namespace", 'non-root users always have a cgroup namespace')
  if (stored.pid !== undefined && context.native.idMapping.kind === 'single')
    throw refused(`the PID namespace "${stored.pid}"`, 'not available with a single ID', 'subordinate IDs')
  const mayTrace = stored.addCapabilities.some((name) => /^(CAP_)?(SYS_PTRACE|ALL)$/i.test(name))
  if ((stored.privileged || mayTrace) && seesHostProcesses(context.root, stored)) throw ptraceRefused(stored)
}

function refused(what: string, found: string, needed = 'root as the caller'): ContainerError {
  return new ContainerError('CONTAINER_START_FAILED', `Cannot use ${what}: ${found} (expected ${needed})`, {
    hint: 'Omit it, or see docs/isolation.md',
  })
}

function joinRunning(root: string, mode: string, what: 'processes' | 'IPC') {
  const id = joinedContainer(mode) ?? ''
  const { state, startTicks } = readState(filesOf(root, id))
  if (findStored(root, id) === undefined || state.pid === 0)
    throw cannotJoin({ id, what }, 'container is not running (expected a running container)')
  return { join: { pid: state.pid, startTicks } }
}

/** SPEC: moby getIpcContainer: its IPC namespace must be the host's, another container's, or shareable. */
function requireShareable(root: string, id: string): void {
  const ipc = findStored(root, id)?.ipc
  if (readState(filesOf(root, id)).state.pid === 0 || ipc === 'shareable' || ipc === 'host') return
  if (joinedContainer(ipc) !== undefined) return
  throw cannotJoin({ id, what: 'IPC' }, 'non-shareable IPC', 'Start that one with --ipc shareable')
}

function cannotJoin(
  { id, what }: { readonly id: string; readonly what: 'processes' | 'IPC' },
  found: string,
  hint?: string,
): ContainerError {
  return new ContainerError(
    'CONTAINER_NOT_RUNNING',
    `Cannot join the ${what} of container "${id.slice(0, 12)}": ${found}`,
    { ...(hint !== undefined && { hint }) },
  )
}
