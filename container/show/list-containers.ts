import type { ListRequest } from '../contract/container.ts'
import { type ContainerError, isDamage } from '../contract/errors.ts'
import type { ContainerRecord } from '../contract/record.ts'
import { filesOf } from '../state/container-files.ts'
import { containerIds } from '../state/find-container.ts'
import { readState } from '../state/state-file.ts'
import { findStored, type StoredContainer } from '../state/stored-container.ts'
import { shownExposedPorts } from './exposed-ports.ts'
import { filterContainers } from './list-filters.ts'

/** Newest first. A damaged container is skipped and reported to `onDamaged`. */
export function listContainers(
  root: string,
  request: ListRequest,
  onDamaged: (error: ContainerError) => void,
): ContainerRecord[] {
  const records = containerIds(root)
    .flatMap((id) => readOne(root, id, onDamaged))
    .sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1))
  const matching = filterContainers(records, request.filters ?? {})
  if (request.last !== undefined && request.last > 0) return matching.slice(0, request.last)
  return request.all === true || request.filters?.['status'] !== undefined ? matching : matching.filter(isUp)
}

export function recordOf(root: string, stored: StoredContainer): ContainerRecord {
  const files = filesOf(root, stored.id)
  const { state, ports } = readState(files)
  return {
    id: stored.id,
    name: stored.name,
    image: stored.image,
    imageId: stored.imageId,
    argv: [...stored.entrypoint, ...stored.command],
    createdAt: stored.createdAt,
    state,
    ports,
    exposedPorts: shownExposedPorts(stored, state.pid !== 0),
    mounts: stored.mounts,
    labels: stored.labels,
    network: stored.network,
    terminal: stored.terminal,
    autoRemove: stored.autoRemove,
    restart: stored.restart,
    directory: files.directory,
  }
}

function readOne(root: string, id: string, onDamaged: (error: ContainerError) => void): ContainerRecord[] {
  try {
    const stored = findStored(root, id)
    return stored === undefined ? [] : [recordOf(root, stored)]
  } catch (error) {
    if (!isDamage(error)) throw error
    onDamaged(error)
    return []
  }
}

function isUp(record: ContainerRecord): boolean {
  return ['running', 'paused', 'restarting'].includes(record.state.status)
}
