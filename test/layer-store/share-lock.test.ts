import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { type LayerStore, openStore, type StoreTreeWork } from '../../layer-store/index.ts'
import { openNative } from '../../sandbox-native/driver/index.ts'
import { temporaryStore } from './temporary-store.ts'

const { trees } = openNative()
let locked: number
let store: LayerStore

beforeEach(async () => {
  locked = 0
  const counting: StoreTreeWork = {
    ...trees,
    lock: (...words) => {
      locked += 1
      return trees.lock(...words)
    },
  }
  store = await temporaryStore(counting)
})

test('a process locks a shared store once, until its last work has ended', async () => {
  const first = await store.lock('shared')
  const second = await store.lock('shared')
  expect(locked).toBe(1)
  await first.release()
  expect(await isFree()).toBe(false)
  await second.release()
  expect(await isFree()).toBe(true)
  await (await store.lock('shared')).release()
  expect(locked).toBe(2)
})

test('a lock with a custom take() is taken itself, and exclusive locks are not shared', async () => {
  const first = await store.lock('shared')
  const taken: number[] = []
  const second = await store.lock('shared', { take: async (descriptor) => void taken.push(descriptor) })
  expect(taken).toHaveLength(1)
  await second.release()
  const other = await openStore(store.root, trees)
  await expect(other.lock('exclusive', { tryOnly: true })).rejects.toMatchObject({ code: 'STORE_BUSY' })
  await first.release()
  await (await other.lock('exclusive', { tryOnly: true })).release()
})

/** Whether another process could lock it exclusively. */
async function isFree(): Promise<boolean> {
  const descriptor = openSync(join(store.root, 'lock'), 'a')
  const { locked: isLocked } = await trees.lock(descriptor, { mode: 'exclusive', tryOnly: true })
  closeSync(descriptor)
  return isLocked
}
