import { chooseUserRange, requireUserNamespaces } from '../../sandbox-native/driver/index.ts'
import type { ContainerContext } from '../contract/context.ts'
import type { RunSpec } from '../contract/run-spec.ts'
import { filesOf } from '../state/container-files.ts'
import { containerIds } from '../state/find-container.ts'
import { findStored, type StoredContainer, writeStored } from '../state/stored-container.ts'

/** Host IDs for `--userns auto` that no other container of the store uses. */
export function chooseUsers(
  { root, native }: ContainerContext,
  userns: RunSpec['userns'],
): Pick<StoredContainer, 'users'> {
  if (userns === undefined || userns === 'host') return {}
  requireUserNamespaces(userns, native.idMapping)
  const taken = containerIds(root).flatMap((id) => usersOf(root, id))
  return { users: chooseUserRange(taken) }
}

/**
 * Chooses again for containers created concurrently with the same IDs. Each compares its last choice with those of all
 * others once it is on disk: of two with the same IDs, the later writer sees the other.
 */
export function settleUsers(context: ContainerContext, stored: StoredContainer): StoredContainer {
  const { users } = stored
  if (users === undefined) return stored
  const { root } = context
  const others = containerIds(root).filter((id) => id !== stored.id)
  const isNear = (one: number, other: number) => Math.abs(one - other) < users.count
  const isTaken = others
    .flatMap((id) => usersOf(root, id))
    .some(({ uid, gid }) => isNear(uid, users.uid) || isNear(gid, users.gid))
  if (!isTaken) return stored
  const settled = { ...stored, ...chooseUsers(context, stored.userns) }
  writeStored(filesOf(root, stored.id).config, settled)
  return settleUsers(context, settled)
}

function usersOf(root: string, id: string) {
  try {
    return findStored(root, id)?.users ?? []
  } catch {
    return [] // damaged: it cannot be started
  }
}
