import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type LayerStore, openStore } from '../../layer-store/index.ts'
import { openNative } from '../../sandbox-native/driver/index.ts'
import { fileIn } from '../layer-store/layer-samples.ts'
import { listOf, temporaryRoot } from '../layer-store/temporary-store.ts'
import { ended, useScript } from './run-child.ts'
import { everyKindOfWork, KEPT } from './store-work.ts'

const start = useScript('store-child.ts')
const AT_ONCE = 2
/** The complete check of the remains takes a while, and is done for every third store. */
const WORK_AGAIN = 3

test('a store is consistent wherever a process was killed', async () => {
  const killed = await Promise.all(Array.from({ length: AT_ONCE }, (_, lane) => killEverywhere(lane + 1)))
  expect(killed[0]).toBeGreaterThan(40)
}, 240_000)

/** Every AT_ONCE-th change, until the work completes first. */
async function killEverywhere(first: number): Promise<number> {
  for (let at = first; ; at += AT_ONCE) {
    const root = join(await temporaryRoot(), 'store')
    const end = await ended(start([root, 'everything'], { KILL_AT: String(at) }))
    if (end === 0) return at
    expect(end, `killed at change ${at}`).toBe('SIGKILL')
    await expectWhole(root, at)
  }
}

async function expectWhole(root: string, at: number): Promise<void> {
  const store = await openStore(root, openNative().trees)
  await expectReadable(store, at)
  await store.layers.abandon(await store.layers.draft())
  expect(await readdir(join(root, 'tmp')), `left after change ${at}`).toEqual([])
  if (at % WORK_AGAIN !== 0) return
  await everyKindOfWork(store)
  await expectReadable(store, at)
  expect((await store.images.findAllByReference(KEPT))[0], `after change ${at}`).toBeDefined()
}

async function expectReadable(store: LayerStore, at: number): Promise<void> {
  for (const image of await store.images.list()) {
    const trees = await store.layers.trees(image.chain)
    expect(trees).toHaveLength(image.chain.length)
    for (const tree of trees) {
      const [name = ''] = await readdir(tree)
      expect(await fileIn(tree, name), `after change ${at}`).toBe(name)
    }
  }
  for await (const layer of store.layers.list()) expect(await store.layers.get(layer.id)).toEqual(layer)
  for await (const digest of store.blobs.list()) await store.blobs.read(digest)
  for (const { key } of await listOf(store.cache.list())) await store.cache.find(key)
}
