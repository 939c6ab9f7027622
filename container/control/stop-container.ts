import type { StopRequest } from '../contract/container.ts'
import type { ContainerContext } from '../contract/context.ts'
import { ContainerError } from '../contract/errors.ts'
import { filesOf } from '../state/container-files.ts'
import { emitEvent } from '../state/emit-event.ts'
import { setFrozen } from '../state/freezer.ts'
import { readState } from '../state/state-file.ts'
import type { StoredContainer } from '../state/stored-container.ts'
import { sendControl, waitForExit } from './control-client.ts'
import { encodeFrame, encodeStop, FrameKind } from './control-frames.ts'
import { signalNumber } from './signal-number.ts'
import { DEFAULT_STOP_TIMEOUT_SECONDS, stopSignalOf } from './stop-defaults.ts'

const FOREVER = 0xffff_ffff
const SIGKILL = 9

/**
 * Sends the stop signal, then SIGKILL after the timeout; resolves once the container has exited. Does nothing if it has
 * already.
 */
export async function stopContainer(
  context: ContainerContext,
  stored: StoredContainer,
  request: StopRequest & { readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const { signal } = request
  const timeoutSeconds = request.timeoutSeconds ?? stored.stopTimeoutSeconds ?? DEFAULT_STOP_TIMEOUT_SECONDS
  const stopSignal = request.stopSignal === undefined ? stopSignalOf(stored) : signalNumber(request.stopSignal)
  const timeoutMs = timeoutSeconds < 0 ? FOREVER : Math.min(timeoutSeconds * 1000, FOREVER)
  const message = encodeStop(stopSignal, timeoutMs)
  await thaw(context, stored)
  const ended = await waitForExit(filesOf(context.root, stored.id), { message, ...(signal && { signal }) })
  if (ended !== 'not-running') emitEvent(context, stored, { action: 'stop' })
}

/** Sends SIGKILL and prevents a restart; resolves once the container has exited. */
export async function killContainer(context: ContainerContext, stored: Pick<StoredContainer, 'id'>): Promise<void> {
  await thaw(context, stored)
  await waitForExit(filesOf(context.root, stored.id), { message: encodeStop(SIGKILL, FOREVER) })
}

export async function signalContainer(
  context: ContainerContext,
  stored: StoredContainer,
  signal: string,
): Promise<void> {
  const number = signalNumber(signal)
  if (number === SIGKILL) {
    requireRunning(context, stored)
    return killContainer(context, stored)
  }
  // The stop signal ends the container without a restart, as `stop` does.
  if (number === stopSignalOf(stored)) return requestStop(context, stored, number)
  const message = encodeFrame(FrameKind.signal, Uint8Array.of(number))
  if (!(await sendControl(filesOf(context.root, stored.id), message))) throw notRunning(stored)
}

async function requestStop(context: ContainerContext, stored: StoredContainer, signal: number): Promise<void> {
  if (!(await sendControl(filesOf(context.root, stored.id), encodeStop(signal, FOREVER)))) throw notRunning(stored)
}

/** A frozen process receives no signals; with cgroup v1 not even SIGKILL. */
async function thaw(context: ContainerContext, stored: Pick<StoredContainer, 'id'>): Promise<void> {
  const { state, cgroup } = readState(filesOf(context.root, stored.id))
  if (state.status === 'paused') await setFrozen(cgroup, false)
}

export function requireRunning(context: ContainerContext, stored: StoredContainer): number {
  const { pid } = readState(filesOf(context.root, stored.id)).state
  if (pid === 0) throw notRunning(stored)
  return pid
}

export function notRunning(stored: StoredContainer, cause?: unknown): ContainerError {
  return new ContainerError(
    'CONTAINER_NOT_RUNNING',
    `Cannot reach container "${stored.name}": container is not running`,
    {
      hint: `Start it: tsbuild start ${stored.name}`,
      exitCode: 1,
      cause,
    },
  )
}
