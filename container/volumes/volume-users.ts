import { containerIds } from '../state/find-container.ts'
import { findStored } from '../state/stored-container.ts'

/** Volumes by name, with the short IDs of the containers that use them, running or not. Throws CONTAINER_DAMAGED. */
export function volumeUsers(root: string): ReadonlyMap<string, readonly string[]> {
  const users = new Map<string, string[]>()
  for (const container of containerIds(root).flatMap((id) => findStored(root, id) ?? [])) {
    for (const { name } of container.mounts) {
      if (name !== undefined) users.set(name, [...(users.get(name) ?? []), container.id.slice(0, 12)])
    }
  }
  return users
}
