import { matchesLabels } from '../../notation/index.ts'
import type { PruneContainersRequest } from '../contract/container.ts'
import type { ContainerContext } from '../contract/context.ts'
import type { ContainerRecord } from '../contract/record.ts'
import { listContainers } from '../show/list-containers.ts'
import { filesOf } from '../state/container-files.ts'
import { diskUse } from '../state/disk-use.ts'
import { removeEnded } from './remove-ended.ts'

/** Removes containers that are not running; their volumes are kept. Damaged containers are kept too, with a warning. */
export async function pruneContainers(context: ContainerContext, request: PruneContainersRequest) {
  const all = listContainers(context.root, { all: true }, (error) => context.onWarning(error.message))
  const matching = all.filter((one) => matches(one, request))
  const sizes = matching.map(({ id }) => ({ id, sizeBytes: diskUse(filesOf(context.root, id).upper) }))
  const removed = await removeEnded(context, matching)
  const gone = sizes.filter(({ id }) => removed.has(id))
  const deleted = gone.map(({ id }) => id)
  const reclaimedBytes = gone.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const attributes = { reclaimed: String(reclaimedBytes) }
  context.store.events.append({ type: 'container', action: 'prune', id: '', attributes })
  return { deleted, reclaimedBytes }
}

function matches({ state, createdAt, labels }: ContainerRecord, request: PruneContainersRequest): boolean {
  if (state.status !== 'created' && state.status !== 'exited' && state.status !== 'dead') return false
  const endedMs = Date.parse(state.finishedAt ?? createdAt)
  const isOldEnough = request.endedBeforeMs === undefined || endedMs < request.endedBeforeMs
  return isOldEnough && matchesLabels(labels, request)
}
