import { readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { CacheRecord, LayerStore } from '../../layer-store/index.ts'
import { treeLayer } from '../layer-store/layer-samples.ts'
import { listOf, temporaryStore } from '../layer-store/temporary-store.ts'

const record: CacheRecord = { createdAt: '2026-01-01T00:00:00Z', description: 'RUN true', facts: { etag: '"1"' } }

describe('the cache index', () => {
  test('finds the last record of a key', async () => {
    const store = await temporaryStore()
    const { id } = await treeLayer(store, 'run')
    await store.cache.put('key', record)
    await store.cache.put('key', { ...record, layer: id })
    expect(await store.cache.find('key')).toEqual({ ...record, layer: id })
    expect(await store.cache.find('other')).toBeUndefined()
  })

  test('misses a record whose layer is gone', async () => {
    const store = await temporaryStore()
    const { id } = await treeLayer(store, 'run')
    await store.cache.put('key', { ...record, layer: id })
    await store.prune({ pins: async () => ({}), buildCache: true })
    await store.cache.put('key', { ...record, layer: id })
    expect(await store.cache.find('key')).toBeUndefined()
  })

  test('counts uses and records the last one', async () => {
    const store = await temporaryStore()
    await store.cache.put('key', record)
    await store.cache.find('key')
    const before = new Date(Date.now() - 1000).toISOString()
    await store.cache.find('key')
    const [found] = await listOf(store.cache.list())
    expect(found).toMatchObject({ key: 'key', record, usageCount: 2 })
    expect((found?.lastUsedAt ?? '') > before).toBe(true)
  })

  test('treats a torn record as missing, wherever it is torn', async () => {
    const store = await temporaryStore()
    await store.cache.put('key', record)
    const path = await onlyRecordFile(store)
    const whole = await readFile(path)
    for (let length = 0; length < whole.length; length += 1) {
      await writeFile(path, whole)
      await truncate(path, length)
      expect(await store.cache.find('key')).toBeUndefined()
    }
    await writeFile(path, whole)
    expect(await store.cache.find('key')).toEqual(record)
  })

  test.each(['{}\n', 'not a record', '\n', '__proto__'])('treats a foreign file as missing: %o', async (text) => {
    const store = await temporaryStore()
    await store.cache.put('key', record)
    await writeFile(await onlyRecordFile(store), text)
    expect(await store.cache.find('key')).toBeUndefined()
    expect(await listOf(store.cache.list())).toEqual([])
  })

  test('keeps the decision for a step name', async () => {
    const { cache } = await temporaryStore()
    expect(await cache.findBuildRecord('[build 1/2] RUN make')).toBeUndefined()
    await cache.putBuildRecord('[build 1/2] RUN make', { base: 'a' })
    await cache.putBuildRecord('[build 1/2] RUN make', { base: 'b' })
    expect(await cache.findBuildRecord('[build 1/2] RUN make')).toEqual({ base: 'b' })
  })
})

async function onlyRecordFile(store: LayerStore): Promise<string> {
  const folder = join(store.root, 'cache')
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const file = entries.find((entry) => entry.isFile())
  return join(file?.parentPath ?? '', file?.name ?? '')
}
