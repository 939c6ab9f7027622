import { chooseUserRange, requireUserNamespaces } from '../../sandbox-native/driver/index.ts'
import type { ContainerContext } from '../contract/context.ts'
import type { RunSpec } from '../contract/run-spec.ts'
import { containerIds } from '../state/find-container.ts'
import { findStored, type StoredContainer } from '../state/stored-container.ts'

/** IDs of the host for `--userns auto`: of no other container of the store. */
export function chooseUsers(
  { root, native }: ContainerContext,
  userns: RunSpec['userns'],
): Pick<StoredContainer, 'users'> {
  if (userns === undefined || userns === 'host') return {}
  requireUserNamespaces(userns, native.idMapping)
  const taken = containerIds(root).flatMap((id) => usersOf(root, id))
  return { users: chooseUserRange(taken) }
}

function usersOf(root: string, id: string) {
  try {
    return findStored(root, id)?.users ?? []
  } catch {
    return [] // damaged: it cannot be started
  }
}
