import type { ContainerContext } from '../contract/context.ts'
import { ContainerError } from '../contract/errors.ts'
import { filesOf } from '../state/container-files.ts'
import { withFreeLocks } from '../state/container-lock.ts'
import { emitEvent } from '../state/emit-event.ts'
import { removeAside } from '../state/remove-aside.ts'
import { readState } from '../state/state-file.ts'
import type { NamedContainer } from '../state/stored-container.ts'
import { releaseAbandoned } from './release-abandoned.ts'
import { moveAside, removeContainer } from './remove-container.ts'

/**
 * Removes containers that are not running, many with one native process. Returns the IDs removed; containers that
 * another process started or removed concurrently are skipped.
 */
export async function removeEnded(
  context: ContainerContext,
  containers: readonly NamedContainer[],
): Promise<ReadonlySet<string>> {
  const removed = new Set<string>()
  const held = await withFreeLocks(context, containers, async (locked) => {
    const ended = locked.filter(({ id }) => isEnded(context, id))
    await releaseAbandoned(context, ended)
    for (const container of await removeAside(context, ended, (one) => moveAside(context, one))) {
      removed.add(container.id)
      emitEvent(context, container, { action: 'destroy' })
    }
  })
  // A supervisor holds its lock slightly longer than its container runs.
  for (const container of held) if (await removeOne(context, container)) removed.add(container.id)
  return removed
}

function isEnded({ root }: ContainerContext, id: string): boolean {
  return ['created', 'exited', 'dead'].includes(readState(filesOf(root, id)).state.status)
}

/** False if another process started or removed it concurrently. */
async function removeOne(context: ContainerContext, container: NamedContainer): Promise<boolean> {
  try {
    return await removeContainer(context, container, {})
  } catch (error) {
    if (error instanceof ContainerError && error.code === 'CONTAINER_RUNNING') return false
    throw error
  }
}
