import type { Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { ContainerError } from '../contract/errors.ts'
import { filesOf } from '../state/container-files.ts'
import { hasFreezer, isFrozen } from '../state/freezer.ts'
import { readState } from '../state/state-file.ts'
import type { StoredContainer } from '../state/stored-container.ts'
import { connectControl } from './control-client.ts'
import { encodeFrame, FrameKind } from './control-frames.ts'

const LOOK_EVERY_MS = 2

/**
 * Freezes all processes of the container during the work. The supervisor freezes them, and thaws them when the
 * connection closes, so that they continue even if this process is killed. If the container is not running or there is
 * no freezer, the work is done without freezing.
 */
export async function whileFrozen<T>(
  { root, stored }: { readonly root: string; readonly stored: StoredContainer },
  work: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const files = filesOf(root, stored.id)
  const { state, cgroup } = readState(files)
  const socket = state.pid === 0 || !hasFreezer(cgroup) ? undefined : await connectControl(files)
  if (socket === undefined) return work()
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.on('error', () => {}) // `close` follows
  socket.resume()
  try {
    socket.write(encodeFrame(FrameKind.freeze))
    while (!isFrozen(cgroup) && !socket.closed)
      await setTimeout(LOOK_EVERY_MS, undefined, { ...(signal && { signal }) })
    if (socket.closed && readState(files).state.pid !== 0) throw cannotFreeze(stored)
    return await work()
  } finally {
    await release(socket, closed)
  }
}

/** The supervisor closes its side once it has thawed the processes. */
async function release(socket: Socket, closed: Promise<void>): Promise<void> {
  socket.end()
  await closed
}

function cannotFreeze(stored: StoredContainer): ContainerError {
  return new ContainerError(
    'CONTAINER_BAD_STATE',
    `Cannot pause container "${stored.name}": its processes could not be frozen`,
    {
      hint: 'Leave it running: --pause=false',
      exitCode: 1,
    },
  )
}
