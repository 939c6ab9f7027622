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
  wanted: boolean,
): Promise<void> {
  requireRunning(context, stored)
  const { state, cgroup } = readState(filesOf(context.root, stored.id))
  if ((state.status === 'paused') === wanted) throw badState(stored, wanted ? 'already paused' : 'not paused')
  if (!(await setFrozen(cgroup, wanted))) {
    requireRunning(context, stored) // it may have exited concurrently
    throw badState(stored, 'it has no cgroup to freeze')
  }
  emitEvent(context, stored, { action: wanted ? 'pause' : 'unpause' })
}

function badState(stored: StoredContainer, found: string): ContainerError {
  return new ContainerError('CONTAINER_BAD_STATE', `Cannot pause or unpause container "${stored.name}": ${found}`, {
    exitCode: 1,
  })
}
