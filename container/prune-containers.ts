import type { PruneContainersRequest } from './container.ts'
import { filesOf } from './container-files.ts'
import type { ContainerContext } from './context.ts'
import { diskUse } from './disk-use.ts'
import { containerIds } from './find-container.ts'
import { hasLabel } from './list-filters.ts'
import { removeContainer } from './remove-container.ts'
import { readState } from './state-file.ts'
import { findStored, type StoredContainer } from './stored-container.ts'

/** Removes containers that are not running; their volumes stay. */
export async function pruneContainers(context: ContainerContext, request: PruneContainersRequest) {
  const ended = containerIds(context.root)
    .flatMap((id) => findStored(context.root, id) ?? [])
    .filter((stored) => isWanted(context.root, stored, request))
  let reclaimedBytes = 0
  for (const stored of ended) {
    reclaimedBytes += diskUse(filesOf(context.root, stored.id).upper)
    await removeContainer(context, stored, {})
  }
  const attributes = { reclaimed: String(reclaimedBytes) }
  context.store.events.append({ type: 'container', action: 'prune', id: '', attributes })
  return { deleted: ended.map(({ id }) => id), reclaimedBytes }
}

function isWanted(root: string, stored: StoredContainer, request: PruneContainersRequest): boolean {
  const { state } = readState(filesOf(root, stored.id))
  if (state.status !== 'created' && state.status !== 'exited' && state.status !== 'dead') return false
  const endedMs = Date.parse(state.finishedAt ?? stored.createdAt)
  const isOldEnough = request.endedBeforeMs === undefined || endedMs < request.endedBeforeMs
  return isOldEnough && (request.labels ?? []).every((label) => hasLabel(stored.labels, label))
}
