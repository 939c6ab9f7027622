import type { Session, SessionIo } from '../contract/container.ts'
import type { ContainerContext } from '../contract/context.ts'
import { ContainerError } from '../contract/errors.ts'
import { connectControl } from '../control/control-client.ts'
import { encodeFrame, FrameKind } from '../control/control-frames.ts'
import { notRunning } from '../control/stop-container.ts'
import { filesOf } from '../state/container-files.ts'
import { emitEvent } from '../state/emit-event.ts'
import { readState } from '../state/state-file.ts'
import type { StoredContainer } from '../state/stored-container.ts'
import { openSession } from './session.ts'
import { sendSignal } from './start-container.ts'

/** Connects to output from now on, and to stdin if the container keeps it open. */
export async function attachContainer(
  context: ContainerContext,
  stored: StoredContainer,
  io: SessionIo,
): Promise<Session> {
  if (readState(filesOf(context.root, stored.id)).state.status === 'paused') throw isPaused(stored)
  const connection = await connectControl(filesOf(context.root, stored.id))
  if (connection === undefined) throw notRunning(stored)
  emitEvent(context, stored, { action: 'attach' })
  connection.write(encodeFrame(FrameKind.wantOutput))
  const feeds = stored.openStdin && io.stdin !== undefined
  if (feeds) connection.write(encodeFrame(FrameKind.feedStdin))
  return openSession(connection, io, {
    terminal: stored.terminal,
    openStdin: feeds,
    isLate: true,
    sendSignal: (name) => sendSignal(context, stored.id, name),
    onDetach: () => emitEvent(context, stored, { action: 'detach' }),
  })
}

/** Signals that the session proxies would wait until it is unpaused. */
function isPaused({ name }: StoredContainer): ContainerError {
  return new ContainerError('CONTAINER_BAD_STATE', `Cannot attach to container "${name}": container is paused`, {
    hint: `Unpause it with tsbuild unpause ${name}`,
    exitCode: 1,
  })
}
