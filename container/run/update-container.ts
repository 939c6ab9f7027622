import { cgroupLimits } from '../../sandbox-native/driver/index.ts'
import type { ContainerContext } from '../contract/context.ts'
import { ContainerError } from '../contract/errors.ts'
import type { UpdateRequest } from '../contract/run-spec.ts'
import { sendControl } from '../control/control-client.ts'
import { encodeFrame, FrameKind } from '../control/control-frames.ts'
import { mergedLimits } from '../settings/limits.ts'
import { filesOf } from '../state/container-files.ts'
import { emitEvent } from '../state/emit-event.ts'
import type { ReadState } from '../state/state-file.ts'
import { type StoredContainer, writeStored } from '../state/stored-container.ts'
import { makeContainerDurable } from '../upkeep/durable-container.ts'
import { holdConfig } from '../upkeep/hold-config.ts'
import { holdContainer } from '../upkeep/hold-container.ts'
import { restartRequest } from './run-request.ts'

/** Updates running processes first, then the record, then the supervisor for later restarts. */
export function updateContainer(
  context: ContainerContext,
  found: StoredContainer,
  request: UpdateRequest,
): Promise<void> {
  const change = (running: ReadState | undefined) =>
    holdConfig(context, found, (stored) => changeLimits(context, { stored, running, request }))
  return holdContainer(context, { stored: found, isUp: ({ supervisorPid }) => supervisorPid !== 0 }, change)
}

interface Change {
  readonly stored: StoredContainer
  readonly running: ReadState | undefined
  readonly request: UpdateRequest
}

async function changeLimits(context: ContainerContext, { stored, running, request }: Change): Promise<void> {
  const files = filesOf(context.root, stored.id)
  const updated: StoredContainer = {
    ...stored,
    limits: mergedLimits(stored.limits, request.limits ?? {}),
    restart: request.restart ?? stored.restart,
  }
  if (updated.autoRemove && updated.restart.name !== 'no') throw autoRemoved(stored)
  const cgroup = { name: stored.id, ...cgroupLimits(updated.limits) }
  const isAlive = running !== undefined && running.state.pid !== 0 // and is not being restarted
  if (isAlive && request.limits !== undefined) await context.native.supervisors.limit(running.cgroup, cgroup)
  writeStored(files.config, updated)
  await makeContainerDurable(context.root, updated)
  if (running !== undefined) {
    const later = { restart: restartRequest(updated.restart), cgroup }
    await sendControl(files, encodeFrame(FrameKind.change, Buffer.from(JSON.stringify(later))))
  }
  emitEvent(context, updated, { action: 'update' })
}

function autoRemoved(stored: StoredContainer): ContainerError {
  return new ContainerError(
    'CONTAINER_BAD_OPTION',
    `Cannot update container "${stored.name}": restart policy cannot be updated because the container is removed when it exits`,
  )
}
