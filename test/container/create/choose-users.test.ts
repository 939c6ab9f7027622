import { mkdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { ContainerContext } from '../../../container/contract/context.ts'
import { settleUsers } from '../../../container/create/choose-users.ts'
import { filesOf } from '../../../container/state/container-files.ts'
import { findStored, type StoredContainer, writeStored } from '../../../container/state/stored-container.ts'
import { temporaryRoot } from '../../layer-store/temporary-store.ts'

const COUNT = 65_536
const FIRST = { uid: 524_288, gid: 524_288, count: COUNT }
const OTHER = { uid: 524_288 + 10 * COUNT, gid: 524_288 + 10 * COUNT, count: COUNT }

test.each([
  ['with a larger ID', 'f', FIRST, true],
  ['with a smaller ID', '1', FIRST, true],
  ['with the same group IDs', 'f', { ...OTHER, gid: FIRST.gid }, true],
  ['with other IDs', 'f', OTHER, false],
])(
  'a container created concurrently with one %s chooses other IDs if they overlap',
  async (_, other, users, choosesAgain) => {
    const root = await temporaryRoot()
    const context = { root, native: { idMapping: { kind: 'host' } } } as ContainerContext
    publish(root, other.repeat(64), users)
    const mine = publish(root, '8'.repeat(64), FIRST)
    const settled = settleUsers(context, mine)
    expect(settled.users?.uid !== FIRST.uid).toBe(choosesAgain)
    expect(Math.abs((settled.users?.uid ?? 0) - users.uid)).toBeGreaterThanOrEqual(COUNT)
    expect(Math.abs((settled.users?.gid ?? 0) - users.gid)).toBeGreaterThanOrEqual(COUNT)
    expect(findStored(root, mine.id)).toEqual(settled)
  },
)

function publish(root: string, id: string, users: NonNullable<StoredContainer['users']>): StoredContainer {
  const lists = { chain: [], entrypoint: [], command: [], env: [], ports: [], mounts: [] }
  const stored = { version: 1, id, name: id.slice(0, 4), userns: 'auto', users, ...lists } as unknown as StoredContainer
  mkdirSync(filesOf(root, id).directory, { recursive: true })
  writeStored(filesOf(root, id).config, stored)
  return stored
}
