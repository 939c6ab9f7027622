import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type LayerStore, openStore, type StoreTreeWork } from '../../layer-store/index.ts'
import { openNative } from '../../sandbox-native/driver/index.ts'
import { blobLayer, configOf, tarLayer, treeLayer } from './layer-samples.ts'
import { temporaryStore } from './temporary-store.ts'

const nothingPinned = { pins: async () => ({}) }
const everything = { ...nothingPinned, allImages: true, buildCache: true }
const { trees } = openNative()

test('the store is available again while files of collected layers are being deleted', async () => {
  const store = await temporaryStore()
  const layer = await treeLayer(store, 'collected')
  const user = await openStore(store.root, trees)
  let removed: readonly string[] = []
  const remove: StoreTreeWork['remove'] = async (request) => {
    await (await user.lock('shared', { tryOnly: true })).release() // STORE_BUSY during the collection
    await expect(user.layers.get(layer.id)).rejects.toMatchObject({ code: 'STORE_LAYER_MISSING' })
    removed = request.paths
    await trees.remove(request)
  }
  const collecting = await openStore(store.root, { ...trees, remove })
  expect((await collecting.prune(nothingPinned)).deletedLayers).toEqual([layer.id])
  expect(removed).toHaveLength(1)
  expect(readdirSync(join(store.root, 'tmp'))).toEqual([])
})

test('a collection during a build removes unused data, and a later one the rest', async () => {
  const { store, user } = await twoOf()
  const other = await treeLayer(store, 'other')
  const lock = await user.lock('shared')
  const [tree, tar, blob] = [await treeLayer(user, 'tree'), await tarLayer(user, 'tar'), await blobLayer(user, 'blob')]
  const layers = [tree, tar, blob]
  const chain = layers.map(({ id }) => id)
  await user.cache.put('step', { createdAt: '2026-01-01T00:00:00Z', description: 'RUN', layer: tree.id })
  const image = await user.images.put(await configOf(user, layers), chain)
  const bytes = await user.blobs.putBytes(Buffer.from('of a manifest'))
  const result = await store.prune(everything)
  expect(result).toMatchObject({ deletedLayers: [other.id], deletedImages: [], deletedBlobs: [] })
  expect((await user.images.get(image.id)).chain).toEqual(chain)
  expect(await user.layers.trees(chain)).toHaveLength(3)
  expect(await user.cache.find('step')).toBeDefined()
  expect(await user.blobs.has(bytes.digest)).toBe(true)
  await lock.release()
  const rest = await store.prune(everything)
  expect(new Set(rest.deletedLayers)).toEqual(new Set(chain))
  expect(rest.deletedImages).toEqual([image.id])
  expect(readdirSync(join(store.root, 'tmp'))).toEqual([])
})

test('cache mounts that a command keeps are not removed, whatever their size', async () => {
  const { store, user } = await twoOf()
  for (const home of ['kept', 'free']) {
    mkdirSync(join(store.root, 'cache-mounts', home, '0', 'cache'), { recursive: true })
    writeFileSync(join(store.root, 'cache-mounts', home, '0', 'cache', 'file'), 'content')
    writeFileSync(join(store.root, 'cache-mounts', home, '0.lock'), '')
  }
  const lock = await user.lock('shared')
  await user.keep(['cache-mounts/kept'])
  const { reclaimedBytes } = await store.prune({ ...everything, keepBytes: 0 })
  expect(reclaimedBytes).toBeGreaterThan(0)
  expect(readdirSync(join(store.root, 'cache-mounts'))).toEqual(['kept'])
  await lock.release()
  await store.prune(everything)
  expect(readdirSync(join(store.root, 'cache-mounts'))).toEqual([])
})

test('records that a running build is about to write for --explain are kept', async () => {
  const { store, user } = await twoOf()
  const folder = join(store.root, 'cache', 'decisions')
  for (const name of ['a.manifest', 'b.1.tmp']) writeFileSync(join(folder, name), '')
  const lock = await user.lock('shared')
  await store.prune(everything)
  expect(readdirSync(folder)).toEqual(['b.1.tmp'])
  await lock.release()
  await store.prune(everything)
  expect(readdirSync(folder)).toEqual([])
})

test('digests of the files of former contexts are removed with the build cache', async () => {
  const { store, user } = await twoOf()
  const folder = join(store.root, 'stat-cache')
  mkdirSync(folder)
  for (const name of ['used', 'old', 'used.123']) writeFileSync(join(folder, name), '')
  utimesSync(join(folder, 'old'), 1, 1)
  await store.prune({ ...everything, usedBeforeMs: Date.now() - 60_000 })
  expect(readdirSync(folder)).toEqual(['used', 'used.123'])
  const lock = await user.lock('shared')
  await store.prune(everything)
  expect(readdirSync(folder)).toEqual(['used.123'])
  await lock.release()
})

test('layers of a base are kept if its name is removed during a build that uses it', async () => {
  const { store, user } = await twoOf()
  const layer = await treeLayer(store, 'base')
  const { id } = await store.images.put(await configOf(store, [layer]), [layer.id])
  await store.images.tag(id, 'docker.io/library/base:1')
  const lock = await user.lock('shared')
  const [found] = await user.images.findAllByReference('docker.io/library/base:1')
  await store.images.remove(id)
  expect((await store.prune(nothingPinned)).deletedLayers).toEqual([])
  expect(await user.layers.trees(found?.chain ?? [])).toHaveLength(1)
  await lock.release()
})

test('a lookup while a collection reads the leases finds the layer for good, or not at all', async () => {
  const { store, user } = await twoOf()
  const [early, late] = [await treeLayer(store, 'early'), await treeLayer(store, 'late')]
  const lock = await user.lock('shared')
  await user.layers.get(early.id)
  let hasEnded = false
  let lookUp: Promise<unknown> | undefined
  const pins = async () => {
    lookUp = user.layers.get(late.id).then(
      () => 'found',
      () => `missing ${hasEnded}`,
    )
    await user.layers.get(early.id) // already known, so not delayed
    return {}
  }
  const pruned = store.prune({ pins }).then((result) => {
    hasEnded = true
    return result
  })
  expect((await pruned).deletedLayers).toEqual([late.id])
  expect(await lookUp).toMatch(/^missing/)
  expect(await user.layers.trees([early.id])).toHaveLength(1)
  await lock.release()
})

test('a collection that was killed while others waited blocks no process', async () => {
  const { store, user } = await twoOf()
  const layer = await treeLayer(store, 'layer')
  const turn = join(store.root, 'collection')
  writeFileSync(turn, '')
  truncateSync(turn, 1)
  const lock = await user.lock('shared')
  expect((await user.layers.get(layer.id)).id).toBe(layer.id)
  expect(statSync(turn).size).toBe(0)
  expect((await store.prune(nothingPinned)).deletedLayers).toEqual([])
  await lock.release()
})

test('a lease ends with its process; one of another PID namespace when no process uses the store', async () => {
  const { store, user } = await twoOf()
  const [dead, foreign] = [await treeLayer(store, 'dead'), await treeLayer(store, 'foreign')]
  const namespace = /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0]
  const leaseOf = (owner: string, id: string) => {
    const path = join(store.root, 'tmp', `lease.${owner}.abc`)
    writeFileSync(path, `\n${id}`)
    return path
  }
  const left = leaseOf(`4194304-1-${namespace}`, dead.id)
  const other = leaseOf('1-1-1', foreign.id)
  const lock = await user.lock('shared')
  expect((await store.prune(nothingPinned)).deletedLayers).toEqual([dead.id])
  expect([existsSync(left), existsSync(other)]).toEqual([false, true])
  await lock.release()
  expect((await store.prune(nothingPinned)).deletedLayers).toEqual([foreign.id])
  expect(existsSync(other)).toBe(false)
})

test('a lease has one line per name, however often it is used', async () => {
  const { store, user } = await twoOf()
  const layer = await treeLayer(store, 'layer')
  const lock = await user.lock('shared')
  for (let time = 0; time < 3; time += 1) await user.layers.get(layer.id)
  const [lease = ''] = readdirSync(join(store.root, 'tmp'))
  expect(readFileSync(join(store.root, 'tmp', lease), 'utf8')).toBe(`\n${layer.id}`)
  await lock.release()
  expect(readdirSync(join(store.root, 'tmp'))).toEqual([])
})

test('a command that needs exclusive use of the store reports the process that uses it, or waits', async () => {
  const { store, user } = await twoOf()
  const lock = await user.lock('shared')
  await expect(store.lock('exclusive', { tryOnly: true })).rejects.toMatchObject({
    code: 'STORE_BUSY',
    message: expect.stringContaining(`by process ${process.pid} (`),
  })
  const messages: string[] = []
  let onBusy = (_message: string) => {}
  const waits = new Promise<void>((resolve) => {
    onBusy = (message) => {
      messages.push(message)
      resolve()
    }
  })
  const pruned = store.prune(nothingPinned, { isExclusive: true, onBusy })
  await waits
  await lock.release()
  await pruned
  expect(messages).toEqual([expect.stringContaining(`by process ${process.pid} (`)])
})

/** The locks of two processes on one store. */
async function twoOf(): Promise<{ readonly store: LayerStore; readonly user: LayerStore }> {
  const store = await temporaryStore()
  return { store, user: await openStore(store.root, trees) }
}
