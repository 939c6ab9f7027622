import type { PruneContainersRequest } from '../contract/container.ts'
import type { ContainerContext } from '../contract/context.ts'
import { ContainerError } from '../contract/errors.ts'
import type { ContainerRecord } from '../contract/record.ts'
import { listContainers } from '../show/list-containers.ts'
import { hasLabel } from '../show/list-filters.ts'
import { filesOf } from '../state/container-files.ts'
import { diskUse } from '../state/disk-use.ts'
import { removeContainer } from './remove-container.ts'

/** Removes containers that are not running; their volumes stay. Damaged ones stay too, with a warning. */
export async function pruneContainers(context: ContainerContext, request: PruneContainersRequest) {
  const all = listContainers(context.root, { all: true }, (error) => context.onWarning(error.message))
  const deleted: string[] = []
  let reclaimedBytes = 0
  for (const record of all.filter((one) => isWanted(one, request))) {
    const sizeBytes = diskUse(filesOf(context.root, record.id).upper)
    if (!(await removeEnded(context, record))) continue
    deleted.push(record.id)
    reclaimedBytes += sizeBytes
  }
  const attributes = { reclaimed: String(reclaimedBytes) }
  context.store.events.append({ type: 'container', action: 'prune', id: '', attributes })
  return { deleted, reclaimedBytes }
}

/** False for one that somebody has started or removed meanwhile. */
async function removeEnded(context: ContainerContext, record: ContainerRecord): Promise<boolean> {
  try {
    return await removeContainer(context, record, {})
  } catch (error) {
    if (error instanceof ContainerError && error.code === 'CONTAINER_RUNNING') return false
    throw error
  }
}

function isWanted({ state, createdAt, labels }: ContainerRecord, request: PruneContainersRequest): boolean {
  if (state.status !== 'created' && state.status !== 'exited' && state.status !== 'dead') return false
  const endedMs = Date.parse(state.finishedAt ?? createdAt)
  const { labels: wanted = [], withoutLabels = [] } = request
  const isOldEnough = request.endedBeforeMs === undefined || endedMs < request.endedBeforeMs
  const isLabelled = wanted.every((label) => hasLabel(labels, label))
  return isOldEnough && isLabelled && !withoutLabels.some((label) => hasLabel(labels, label))
}
