import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openStore } from '../../layer-store/index.ts'
import { openNative } from '../../sandbox-native/driver/index.ts'
import { blobLayer, configOf, fileIn, treeLayer } from './layer-samples.ts'
import { temporaryRoot, temporaryStore } from './temporary-store.ts'

const FOLDERS = ['blobs', 'blobs/sha256', 'layers', 'images', 'tags', 'by-diff-id', 'cache', 'cache/decisions', 'tmp']

test.each(FOLDERS)('a store whose directory %s was removed works like one that never had it', async (folder) => {
  const { root } = await temporaryStore()
  rmSync(join(root, folder), { recursive: true })
  const store = await openStore(root, openNative().trees)
  const held = await store.lock('shared')
  const layers = [await blobLayer(store, 'pulled'), await treeLayer(store, 'stepped')]
  await store.images.put(
    await configOf(store, layers),
    layers.map(({ id }) => id),
  )
  const [tree = ''] = await store.layers.trees(layers.map(({ id }) => id))
  expect(await fileIn(tree, 'stepped')).toBe('stepped')
  await store.cache.put('key', { createdAt: '2026-01-01T00:00:00Z', description: 'RUN' })
  await held.release()
  expect((await store.usage()).images.count).toBe(1)
  await store.prune({ allImages: true, buildCache: true, pins: async () => ({}) })
  expect(await store.images.list()).toEqual([])
})

test('a path in place of a directory is reported', async () => {
  const root = join(await temporaryRoot(), 'store')
  mkdirSync(root)
  writeFileSync(join(root, 'tmp'), '')
  await expect(openStore(root, openNative().trees)).rejects.toMatchObject({
    code: 'STORE_DENIED',
    message: expect.stringContaining(`Cannot create directory "${join(root, 'tmp')}": it is a file`),
  })
})

test('a file that cannot be looked at is reported with its path', async () => {
  const store = await temporaryStore()
  const { id } = await treeLayer(store, 'unreadable')
  await store.cache.put('key', { createdAt: '2026-01-01T00:00:00Z', description: 'RUN', layer: id })
  const path = join(store.root, 'layers', id, 'layer.json')
  rmSync(path)
  symlinkSync(path, path)
  const found = { code: 'STORE_IO', message: expect.stringMatching(`^Cannot read "${path}": `) }
  await expect(store.cache.find('key')).rejects.toMatchObject(found)
})

test('a directory removed while the store is open is reported, with how to create it again', async () => {
  const store = await temporaryStore()
  rmSync(join(store.root, 'tmp'), { recursive: true })
  await expect(store.lock('shared')).rejects.toMatchObject({
    code: 'STORE_IO',
    message: expect.stringMatching(/^Cannot lock the store: ".*\/tmp\/lease\..*" or its directory is missing$/),
    hint: expect.stringContaining('again'),
  })
})

test('a collection ignores a layer that another process withdraws while it runs', async () => {
  const store = await temporaryStore()
  const { id } = await treeLayer(store, 'withdrawn')
  const folder = join(store.root, 'layers', id)
  rmSync(folder, { recursive: true })
  symlinkSync('/nowhere', folder) // listed, but no longer there when it is read
  await store.prune({ buildCache: true, pins: async () => ({ layers: [id] }) })
})
