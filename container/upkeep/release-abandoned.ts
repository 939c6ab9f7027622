import type { ContainerContext } from '../contract/context.ts'
import { filesOf } from '../state/container-files.ts'
import { readState } from '../state/state-file.ts'
import type { StoredContainer } from '../state/stored-container.ts'

/**
 * Kills what killed supervisors left running, with one native process; returns their containers. The caller holds the
 * locks.
 */
export async function releaseAbandoned<T extends Pick<StoredContainer, 'id'>>(
  { root, native }: ContainerContext,
  containers: readonly T[],
): Promise<readonly T[]> {
  const found = containers.map((container) => ({ container, read: readState(filesOf(root, container.id)) }))
  const abandoned = found.filter(({ read }) => read.isAbandoned)
  if (abandoned.length > 0) {
    const left = abandoned.map(({ read: { cgroup, orphan } }) => ({ cgroup, ...(orphan && { process: orphan }) }))
    await native.supervisors.release(left)
  }
  return abandoned.map(({ container }) => container)
}
