import { existsSync, readFileSync } from 'node:fs'
import { mkdir, readdir, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { digestOf } from '../../image-spec/index.ts'
import type { ImageRecord, LayerRecord, LayerStore } from '../../layer-store/index.ts'
import { blobLayer, configOf, gzipLayer, tarLayer, treeLayer } from './layer-samples.ts'
import { listOf, temporaryStore } from './temporary-store.ts'

const nothingPinned = { pins: async () => ({}) }
const step = { createdAt: '2026-01-01T00:00:00Z', description: 'RUN' }
const MIB = 1 << 20

describe('prune()', () => {
  test('removes only unneeded data by default', async () => {
    const { store, tagged, cached } = await furnished()
    const orphan = await treeLayer(store, 'orphan')
    await store.blobs.putBytes(Buffer.from('orphan'))
    const result = await store.prune(nothingPinned)
    expect(result).toMatchObject({ deletedImages: [], deletedLayers: [orphan.id], deletedBlobs: [digestOf('orphan')] })
    expect(await store.images.get(tagged.id)).toEqual(tagged)
    expect((await store.cache.find('key'))?.layer).toBe(cached.id)
    expect(await readdir(join(store.root, 'tmp'))).toEqual([])
  })

  test('removes untagged images, with everything only they used', async () => {
    const { store, tagged, dangling } = await furnished()
    await store.images.addRepositoryDigest(dangling.id, 'docker.io/library/hello', digestOf('manifest'))
    const result = await store.prune({ ...nothingPinned, danglingImages: true })
    expect(result.deletedImages).toContain(dangling.id)
    expect(result.deletedLayers).toEqual(dangling.chain)
    expect(result.deletedBlobs).toContain(dangling.id)
    expect((await store.images.list()).map(({ id }) => id)).toEqual([tagged.id])
    expect(await store.layers.trees(tagged.chain)).toHaveLength(1)
  })

  test('removes all images except those of containers', async () => {
    const { store, tagged, dangling } = await furnished()
    const request = { pins: async () => ({ images: [dangling.id] }), allImages: true }
    expect((await store.prune(request)).deletedImages).toEqual([...tagged.tags, tagged.id])
    expect((await store.images.list()).map(({ id }) => id)).toEqual([dangling.id])
    expect(await store.layers.findByDiffId(gzipLayer('pulled').diffId)).toBeUndefined()
  })

  test('reads the names of many images once', async () => {
    const store = await temporaryStore()
    const layer = await treeLayer(store, 'shared')
    for (let index = 0; index < 80; index += 1) {
      const image = await store.images.put({ ...(await configOf(store, [layer])), author: `${index}` }, [layer.id])
      await store.images.tag(image.id, `docker.io/library/many:${index}`)
    }
    const before = readCalls()
    expect((await store.prune({ ...nothingPinned, allImages: true })).deletedImages).toHaveLength(160)
    expect(readCalls() - before).toBeLessThan(80 * 30)
  })

  test('keeps layers of containers', async () => {
    const store = await temporaryStore()
    const held = await treeLayer(store, 'held')
    await store.prune({ pins: async () => ({ layers: [held.id] }), buildCache: true, allImages: true })
    expect(await store.layers.get(held.id)).toEqual(held)
  })

  test('removes the build cache, but no layer of an image', async () => {
    const { store, tagged, cached } = await furnished()
    await store.cache.put('of image', { ...step, layer: tagged.chain[0] ?? cached.id })
    const result = await store.prune({ ...nothingPinned, buildCache: true })
    expect(result.deletedLayers).toEqual([cached.id])
    expect(await listOf(store.cache.list())).toEqual([])
    expect(await store.layers.trees(tagged.chain)).toHaveLength(1)
  })

  test('keeps what was used since a given time', async () => {
    const { store } = await furnished()
    const old = await treeLayer(store, 'old')
    await store.cache.put('old', { ...step, layer: old.id })
    await age(store)
    await store.cache.find('key')
    const result = await store.prune({ ...nothingPinned, buildCache: true, usedBeforeMs: Date.now() - 60_000 })
    expect(result.deletedLayers).toEqual([old.id])
    expect(await store.cache.find('key')).toBeDefined()
  })

  test('keeps the most recently used cache up to a given size', async () => {
    const store = await temporaryStore()
    for (const name of ['first', 'second', 'third']) {
      const layer = await bigLayer(store, name)
      await store.cache.put(name, { ...step, layer: layer.id })
    }
    await age(store)
    await store.cache.find('second')
    await store.prune({ ...nothingPinned, buildCache: true, keepBytes: 1.5 * MIB })
    expect((await listOf(store.cache.list())).map(({ key }) => key)).toEqual(['second'])
  })

  test('removes cache mounts with the cache, least recently used first', async () => {
    const store = await temporaryStore()
    const mounts = ['a1/0', 'a1/1', 'b2/0'].map((path) => join(store.root, 'cache-mounts', path))
    for (const [index, path] of mounts.entries()) {
      await mkdir(path, { recursive: true })
      await writeFile(join(path, 'file'), Buffer.alloc(MIB, index + 1))
      await writeFile(`${path}.lock`, '')
      await utimes(`${path}.lock`, new Date(2020 + index, 1), new Date(2020 + index, 1))
    }
    const left = () => mounts.map((path) => existsSync(path))
    await store.prune({ ...nothingPinned, danglingImages: true })
    expect(left()).toEqual([true, true, true])
    expect((await store.usage()).cache.reclaimableBytes).toBeGreaterThanOrEqual(3 * MIB)
    const old = { ...nothingPinned, buildCache: true, usedBeforeMs: Date.UTC(2020, 6) }
    expect((await store.prune(old)).reclaimedBytes).toBeGreaterThanOrEqual(MIB)
    expect(left()).toEqual([false, true, true])
    await store.prune({ ...nothingPinned, buildCache: true, keepBytes: 1.5 * MIB })
    expect(left()).toEqual([false, false, true])
    await store.prune({ ...nothingPinned, buildCache: true })
    expect(await readdir(join(store.root, 'cache-mounts'))).toEqual([])
    expect(await readdir(join(store.root, 'tmp'))).toEqual([])
  })

  test('removes what a power failure tore', async () => {
    const { store, tagged } = await furnished()
    const torn = [
      join(store.root, 'cache', 'aa', 'torn.json'),
      join(store.root, 'by-diff-id', digestOf('gone').slice(7)),
    ]
    await mkdir(join(store.root, 'cache', 'aa'))
    for (const path of torn) await writeFile(path, '')
    await store.prune(nothingPinned)
    for (const path of torn) expect(existsSync(path)).toBe(false)
    expect(await store.layers.findByDiffId(tagged.config.rootfs.diff_ids[0] ?? digestOf(''))).toBeDefined()
  })

  test('reports the freed disk space', async () => {
    const store = await temporaryStore()
    await bigLayer(store, 'big')
    const { reclaimedBytes } = await store.prune(nothingPinned)
    expect(reclaimedBytes).toBeGreaterThanOrEqual(MIB)
    expect(reclaimedBytes).toBeLessThan(1.1 * MIB)
    expect((await store.prune(nothingPinned)).reclaimedBytes).toBe(0)
  })

  test('keeps what a running process is about to store', async () => {
    const store = await temporaryStore()
    const draft = await store.layers.draft()
    await store.prune(nothingPinned)
    await writeFile(join(draft.tree, 'late'), 'late')
    expect((await store.layers.commitTree(draft)).hasTree).toBe(true)
  })

  test.each(['tree', 'tar'])('removes an incomplete %s of a dead process within a layer', async (form) => {
    const { store, tagged } = await furnished()
    const own = (await store.layers.draft()).directory.split('/').at(-1)?.split('.')[0] ?? ''
    const dead = join(store.root, 'layers', tagged.chain[0] ?? '', `${form}.${own.replace(/-\d+-/, '-1-')}.x`)
    await mkdir(dead)
    await store.prune(nothingPinned)
    expect(existsSync(dead)).toBe(false)
  })
})

describe('usage()', () => {
  test('counts each layer once, and reports what can be reclaimed', async () => {
    const store = await temporaryStore()
    const shared = await bigLayer(store, 'shared')
    for (const name of ['one', 'two']) {
      await store.images.put({ ...(await configOf(store, [shared])), author: name }, [shared.id])
    }
    const cached = await bigLayer(store, 'cached')
    await store.cache.put('key', { ...step, layer: cached.id })
    const [image] = await store.images.list()
    const usage = await store.usage()
    expect(usage.images).toMatchObject({ count: 2, active: 0 })
    expect(usage.cache).toMatchObject({ count: 1, active: 0 })
    for (const part of [usage.images, usage.cache]) {
      expect(part.sizeBytes).toBeGreaterThanOrEqual(MIB)
      expect(part.sizeBytes).toBeLessThan(1.1 * MIB)
      expect(part.reclaimableBytes).toBe(part.sizeBytes)
    }
    const pinned = await store.usage({ images: [image?.id ?? digestOf('')], layers: [cached.id] })
    expect(pinned.images.active).toBe(1)
    expect(pinned.images.reclaimableBytes).toBeLessThan(MIB / 10)
    expect(pinned.cache).toMatchObject({ active: 1 })
  })

  test('counts disk blocks instead of lengths', async () => {
    const store = await temporaryStore()
    await mkdir(join(store.root, 'volumes', 'sparse'), { recursive: true })
    await writeFile(join(store.root, 'volumes', 'sparse', 'file'), '')
    await truncate(join(store.root, 'volumes', 'sparse', 'file'), 1 << 30)
    const { volumes } = await store.usage({ volumes: ['sparse'] })
    expect(volumes).toMatchObject({ count: 1, active: 1, reclaimableBytes: 0 })
    expect(volumes.sizeBytes).toBeLessThan(MIB)
  })

  test('is zero after everything was pruned', async () => {
    const { store } = await furnished()
    await store.prune({ ...nothingPinned, allImages: true, buildCache: true })
    const nothing = { count: 0, active: 0, sizeBytes: 0, reclaimableBytes: 0 }
    expect(await store.usage()).toEqual({ images: nothing, containers: nothing, cache: nothing, volumes: nothing })
  })

  test('counts a tar and the blob that shares its bytes once', async () => {
    const store = await temporaryStore()
    const layer = await tarLayer(store, 'copy')
    await store.images.put(await configOf(store, [layer]), [layer.id])
    const before = (await store.usage()).images.sizeBytes
    await store.layers.blob([layer.id], { algorithm: 'none', mediaTypes: 'oci' })
    expect((await store.usage()).images.sizeBytes).toBe(before)
  })
})

interface Furnished {
  readonly store: LayerStore
  readonly tagged: ImageRecord
  readonly dangling: ImageRecord
  readonly cached: LayerRecord
}

async function furnished(): Promise<Furnished> {
  const store = await temporaryStore()
  const [pulled, made, cached] = [
    await blobLayer(store, 'pulled'),
    await treeLayer(store, 'made'),
    await treeLayer(store, 'cached'),
  ]
  const tagged = await store.images.put(await configOf(store, [pulled]), [pulled.id])
  const dangling = await store.images.put(await configOf(store, [made]), [made.id])
  await store.images.tag(tagged.id, 'docker.io/library/hello:latest')
  await store.cache.put('key', { ...step, layer: cached.id })
  return { store, tagged: await store.images.get(tagged.id), dangling: await store.images.get(dangling.id), cached }
}

async function bigLayer(store: LayerStore, name: string): Promise<LayerRecord> {
  const draft = await store.layers.draft()
  await writeFile(join(draft.tree, name), Buffer.alloc(MIB, name))
  return store.layers.commitTree(draft)
}

/** Sets the last use of everything in the cache to an hour ago. */
async function age(store: LayerStore): Promise<void> {
  const then = new Date(Date.now() - 3_600_000)
  const entries = await readdir(join(store.root, 'cache'), { recursive: true, withFileTypes: true })
  for (const entry of entries) if (entry.isFile()) await utimes(join(entry.parentPath, entry.name), then, then)
}

/** Read system calls of this thread. */
function readCalls(): number {
  return Number(/^syscr: (\d+)$/m.exec(readFileSync('/proc/thread-self/io', 'utf8'))?.[1])
}
