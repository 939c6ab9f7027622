import { readdirSync, readlinkSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { giveWay } from '../../layer-store/collect/give-way.ts'
import { temporaryName } from '../../layer-store/files/temporary-owner.ts'
import { openStore, type StoreTreeWork } from '../../layer-store/index.ts'
import { openNative } from '../../sandbox-native/driver/index.ts'
import { treeLayer } from './layer-samples.ts'
import { temporaryStore } from './temporary-store.ts'

const nothingPinned = { pinnedImages: [], pinnedLayers: [] }
const { trees } = openNative()

test('a collection has its turn before users that came later, and those that hold the store go on', async () => {
  const store = await temporaryStore()
  const later = await openStore(store.root, trees)
  const order: string[] = []
  const first = await store.lock('shared')
  let onBusy = () => {}
  const waits = new Promise<void>((resolve) => {
    onBusy = resolve
  })
  const collected = store
    .prune(nothingPinned, { patienceMs: Number.POSITIVE_INFINITY, onBusy })
    .then(() => order.push('collected'))
  await waits
  await expect.poll(() => readdirSync(join(store.root, 'tmp'))).toHaveLength(1)
  const locked = later.lock('shared').then((lock) => {
    order.push('later user')
    return lock
  })
  await (await store.lock('shared')).release() // of the same build: it does not wait
  order.push('first user')
  await first.release()
  await Promise.all([collected, locked])
  expect(order).toEqual(['first user', 'collected', 'later user'])
  expect(readdirSync(join(store.root, 'tmp'))).toEqual([])
  await (await locked).release()
})

test('users have the store again while the files of collected layers are being removed', async () => {
  const store = await temporaryStore()
  const layer = await treeLayer(store, 'collected')
  const user = await openStore(store.root, trees)
  let removed: readonly string[] = []
  const remove: StoreTreeWork['remove'] = async (request) => {
    await (await user.lock('shared', { tryOnly: true })).release() // STORE_BUSY while the collection has it
    await expect(user.layers.get(layer.id)).rejects.toMatchObject({ code: 'STORE_LAYER_MISSING' })
    removed = request.paths
    await trees.remove(request)
  }
  const collecting = await openStore(store.root, { ...trees, remove })
  expect((await collecting.prune(nothingPinned)).deletedLayers).toEqual([layer.id])
  expect(removed).toHaveLength(1)
  expect(readdirSync(join(store.root, 'tmp'))).toEqual([])
})

test('a collection that gives up names the process that uses the store, and holds no one back any more', async () => {
  const store = await temporaryStore()
  const lock = await store.lock('shared')
  const failed = expect(store.prune(nothingPinned, { patienceMs: 1 })).rejects
  await failed.toMatchObject({ code: 'STORE_BUSY', message: expect.stringContaining(`by process ${process.pid} (`) })
  expect(readdirSync(join(store.root, 'tmp'))).toEqual([])
  await lock.release()
})

test.each([
  ['the first one', '20000', 19, true],
  ['the first one, later', '20000', 21, false],
  ['one of a collection that waits for long', '160000', 150, true],
  ['one that asks for ever', '99999999', 330, false],
  ['one that cannot be read', 'x', 19, true],
])('new users are held back by a request for a bounded time: %s', async (_, holdBackMs, ageSeconds, isHeld) => {
  const store = await temporaryStore()
  const path = join(store.root, 'tmp', `collect.${temporaryName()}`)
  writeFileSync(path, holdBackMs)
  utimesSync(path, new Date(), Date.now() / 1000 - ageSeconds)
  let isThrough = false
  const way = giveWay(store.root).then(() => {
    isThrough = true
  })
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(isThrough).toBe(!isHeld)
  rmSync(path)
  await way
})

test('without patience the store is tried once', async () => {
  const store = await temporaryStore()
  let tries = 0
  const counted: StoreTreeWork = {
    ...trees,
    lock: (...request) => {
      tries += 1
      return trees.lock(...request)
    },
  }
  const other = await openStore(store.root, counted)
  const lock = await store.lock('shared')
  await expect(other.prune(nothingPinned, { patienceMs: 0 })).rejects.toMatchObject({ code: 'STORE_BUSY' })
  expect(tries).toBe(1)
  await lock.release()
})

test('a collection that was killed while it waited holds no one back', async () => {
  const store = await temporaryStore()
  await expect(store.prune(nothingPinned)).resolves.toMatchObject({ deletedLayers: [] })
  const namespace = /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0]
  writeFileSync(join(store.root, 'tmp', `collect.4194304-1-${namespace}.abc`), '')
  await (await store.lock('shared')).release()
  expect(readdirSync(join(store.root, 'tmp'))).toHaveLength(1)
  await store.prune(nothingPinned)
  expect(readdirSync(join(store.root, 'tmp'))).toEqual([])
})
