import { hasCode } from '../../errors/index.ts'
import { asStoreError } from '../../layer-store/index.ts'
import { type Network, SandboxError } from '../../sandbox-native/driver/index.ts'
import type { Session, SessionIo } from '../contract/container.ts'
import type { ContainerContext } from '../contract/context.ts'
import { ContainerError } from '../contract/errors.ts'
import { sendControl } from '../control/control-client.ts'
import { encodeFrame, FrameKind } from '../control/control-frames.ts'
import { signalNumber } from '../control/signal-number.ts'
import { checkPropagation } from '../settings/bind-propagation.ts'
import { joinedContainer, sharedNamespaces } from '../settings/joined-namespaces.ts'
import { networkOwner, shareNames } from '../settings/shared-network.ts'
import { filesOf } from '../state/container-files.ts'
import { emitEvent } from '../state/emit-event.ts'
import { containerIds } from '../state/find-container.ts'
import { readState } from '../state/state-file.ts'
import { findStored, type StoredContainer } from '../state/stored-container.ts'
import { treesBelow } from '../state/trees-below.ts'
import { recoverContainer } from '../upkeep/recover-container.ts'
import { cdiEdits } from './cdi-devices.ts'
import { grantedDevices } from './granted-devices.ts'
import { hintForCommand } from './hint-for-command.ts'
import { superviseRequest } from './run-request.ts'
import { openSession } from './session.ts'

export interface StartOptions {
  /** A session is opened over it. */
  readonly io?: SessionIo | undefined
  readonly signal?: AbortSignal | undefined
}

/** Resolves once the command runs. A session is connected before the command's first byte. */
export async function startContainer(
  context: ContainerContext,
  stored: StoredContainer,
  { io, signal }: StartOptions = {},
): Promise<Session | undefined> {
  const { root } = context
  await recoverContainer(context, stored)
  if (readState(filesOf(root, stored.id)).state.pid !== 0) return undefined
  refuseSharedMemory(root, stored)
  const trees = await treesBelow(context, stored)
  const network = networkOf(root, stored)
  const isRoot = context.native.idMapping.kind === 'host'
  checkPropagation(stored.mounts, isRoot)
  if (stored.userns === 'host' && !isRoot) throw noHostUsers()
  const namespaces = sharedNamespaces(context, stored)
  const cdi = await cdiEdits(stored.cdiDevices, context.onWarning)
  const devices = [...grantedDevices(stored), ...cdi.devices]
  const request = superviseRequest({
    root,
    stored,
    trees,
    devices,
    cdi,
    namespaces,
    ...network,
    attached: io !== undefined,
  })
  if (io !== undefined) emitEvent(context, stored, { action: 'attach' })
  try {
    const { connection } = await context.native.supervisors.start(request, context.onWarning, signal)
    if (io === undefined || connection === undefined) return undefined
    return openSession(connection, io, {
      terminal: stored.terminal,
      openStdin: stored.openStdin,
      sendSignal: (name) => sendSignal(context, stored.id, name),
      onDetach: () => emitEvent(context, stored, { action: 'detach' }),
    })
  } catch (error) {
    // Another command has started it in the meantime.
    if (hasCode(error, 'CONTAINER_RUNNING') && readState(filesOf(root, stored.id)).state.pid !== 0) return undefined
    throw startFailed(stored, error)
  }
}

function noHostUsers(): ContainerError {
  return new ContainerError('CONTAINER_START_FAILED', 'Cannot use the user namespace "host": only root can do this', {
    hint: 'Omit it: files of the container are then owned by the IDs of /etc/subuid',
  })
}

/** A volume in memory belongs to one container; other containers would not see it. */
function refuseSharedMemory(root: string, stored: StoredContainer): void {
  const names = new Set(stored.mounts.flatMap(({ name, memory }) => (memory === undefined ? [] : (name ?? []))))
  if (names.size === 0) return
  for (const id of containerIds(root)) {
    const other = readState(filesOf(root, id)).state.pid === 0 ? undefined : findStored(root, id)
    const shared = other?.mounts.find(({ name }) => name !== undefined && names.has(name))
    if (other === undefined || shared === undefined) continue
    throw new ContainerError(
      'VOLUME_IN_USE',
      `Cannot mount volume "${shared.name}": a tmpfs volume in use by container "${other.name}" (expected one container at a time)`,
      { hint: `Stop that container first: tsbuild stop ${other.name}` },
    )
  }
}

/**
 * Synchronous, since signal handlers cannot wait. False if the container has exited and its supervisor only waits for a
 * slow reader.
 */
export function sendSignal(context: ContainerContext, id: string, name: string): boolean {
  const files = filesOf(context.root, id)
  if (['created', 'exited'].includes(readState(files).state.status)) return false
  const message = encodeFrame(FrameKind.signal, Uint8Array.of(signalNumber(name)))
  sendControl(files, message).catch((error: unknown) => context.onWarning(String(error)))
  return true
}

function networkOf(root: string, stored: StoredContainer) {
  const owner = networkOwner(root, stored)
  const own = { directory: filesOf(root, owner.id).directory, write: true }
  const otherId = joinedContainer(stored.network)
  if (otherId === undefined) return { network: plainNetwork(stored.network), hostFiles: own }
  const { state, startTicks } = readState(filesOf(root, otherId))
  const { pid } = state
  if (findStored(root, otherId) === undefined || pid === 0) {
    throw new ContainerError(
      'CONTAINER_NOT_RUNNING',
      `Cannot join the network of container "${otherId.slice(0, 12)}": container is not running`,
    )
  }
  const network: Network = { kind: 'join', pid, startTicks }
  shareNames(filesOf(root, owner.id), [owner.name, stored.name])
  return { network, hostFiles: { ...own, write: false } }
}

function plainNetwork(network: string): Network {
  if (network === 'none' || network === 'host') return { kind: network }
  return { kind: 'private' }
}

/** Docker's exit codes: 127 for a missing command, 126 for one that cannot be executed, 125 otherwise. */
function startFailed(stored: StoredContainer, cause: unknown): unknown {
  if (!(cause instanceof SandboxError) || cause.code === 'SANDBOX_ABORTED') return cause
  if (cause.code === 'SANDBOX_FULL') return asStoreError(`start container "${stored.name}"`, cause)
  const exitCode = EXIT_CODES[cause.code] ?? 125
  const [name = ''] = [...stored.entrypoint, ...stored.command]
  const hint = hintForCommand(cause, { operand: 'image', name })
  return new ContainerError('CONTAINER_START_FAILED', cause.message, { exitCode, cause, ...hint })
}

const EXIT_CODES: Readonly<Record<string, number>> = {
  SANDBOX_COMMAND_MISSING: 127,
  SANDBOX_COMMAND_REFUSED: 126,
}
