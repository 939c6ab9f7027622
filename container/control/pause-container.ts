import type { ContainerContext } from '../contract/context.ts'
import { ContainerError } from '../contract/errors.ts'
import { filesOf } from '../state/container-files.ts'
import { emitEvent } from '../state/emit-event.ts'
import { setFrozen } from '../state/freezer.ts'
import { readState } from '../state/state-file.ts'
import type { StoredContainer } from '../state/stored-container.ts'
import { requireRunning } from './stop-container.ts'

/** Freezes all processes of the container, or thaws them. */
export async function pauseContainer(
  context: ContainerContext,
  stored: StoredContainer,
  pause: boolean,
): Promise<void> {
  requireRunning(context, stored)
  const { state, cgroup } = readState(filesOf(context.root, stored.id))
  if ((state.status === 'paused') === pause) throw badState(stored, pause ? 'already paused' : 'not paused')
  if (!(await setFrozen(cgroup, pause))) {
    requireRunning(context, stored) // it may have exited concurrently
    throw badState(stored, 'it has no cgroup to freeze')
  }
  emitEvent(context, stored, { action: pause ? 'pause' : 'unpause' })
}

function badState(stored: StoredContainer, found: string): ContainerError {
  return new ContainerError('CONTAINER_BAD_STATE', `Cannot pause or unpause container "${stored.name}": ${found}`, {
    exitCode: 1,
  })
}
