import { existsSync } from 'node:fs'
import { readdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Digest, digestOf, MediaType } from '../../image-spec/index.ts'
import type { LayerId } from '../../layer-store/index.ts'
import { openNative } from '../../sandbox-native/driver/index.ts'
import { countedTreeWork } from '../layer-store/counted-tree-work.ts'
import { blobLayer, fileIn, gzipLayer, tarBytes, tarLayer, treeLayer } from '../layer-store/layer-samples.ts'
import { listOf, temporaryStore } from '../layer-store/temporary-store.ts'

const gzip = { algorithm: 'gzip', mediaTypes: 'oci' } as const

describe('drafts', () => {
  test('have an empty tree and work directory, and an ID of twelve characters', async () => {
    const { layers } = await temporaryStore()
    const draft = await layers.draft()
    expect(draft.id).toMatch(/^[a-z2-7]{12}$/)
    expect(await readdir(draft.tree)).toEqual([])
    expect(await readdir(draft.work)).toEqual([])
  })

  test('are invisible until committed, and removed when abandoned', async () => {
    const { layers } = await temporaryStore()
    const draft = await layers.draft()
    await expect(layers.get(draft.id)).rejects.toMatchObject({ code: 'STORE_LAYER_MISSING' })
    await layers.abandon(draft)
    expect(existsSync(draft.directory)).toBe(false)
  })

  test('of dead processes are removed by the next one that creates a draft', async () => {
    const store = await temporaryStore()
    const own = (await store.layers.draft()).directory.split('/').at(-1) ?? ''
    const [owner = ''] = own.split('.')
    const [pid, , namespace] = owner.split('-')
    const abandoned = join(store.root, 'tmp', `${pid}-1-${namespace}.abandoned`)
    await writeFile(abandoned, '')
    const { openStore } = await import('../../layer-store/index.ts')
    await (await openStore(store.root, openNative().trees)).layers.draft()
    expect(existsSync(abandoned)).toBe(false)
    expect(existsSync(join(store.root, 'tmp', own))).toBe(true)
  })
})

describe('committed layers', () => {
  test('of a tree are that tree', async () => {
    const store = await temporaryStore()
    const layer = await treeLayer(store, 'run')
    expect(layer).toMatchObject({ hasTree: true, hasTar: false, compressed: [] })
    const [tree = ''] = await store.layers.trees([layer.id])
    expect(await fileIn(tree, 'run')).toBe('run')
    expect((await readdir(join(store.root, 'layers', layer.id))).sort()).toEqual(['layer.json', 'tree'])
  })

  test('of a tar remain a tar until a tree is needed', async () => {
    const store = await temporaryStore()
    const layer = await tarLayer(store, 'copy')
    expect(layer).toMatchObject({ hasTree: false, hasTar: true, sizeBytes: tarBytes('copy').length })
    expect(await store.layers.forms([layer.id])).toMatchObject([{ kind: 'tar' }])
    const [tree = ''] = await store.layers.trees([layer.id])
    expect(await fileIn(tree, 'copy')).toBe('copy')
    expect(await store.layers.get(layer.id)).toMatchObject({ hasTree: true, hasTar: true })
  })

  test('with equal diff IDs are one layer: the first', async () => {
    const store = await temporaryStore()
    const first = await tarLayer(store, 'copy')
    expect((await tarLayer(store, 'copy')).id).toBe(first.id)
    expect((await blobLayer(store, 'copy')).id).toBe(first.id)
    expect(await listOf(store.layers.list())).toHaveLength(1)
    expect((await store.layers.get(first.id)).compressed).toEqual([gzipLayer('copy').descriptor])
  })

  test('with equal diff IDs leave nothing behind, and start no process to remove the second', async () => {
    const work: string[] = []
    const store = await temporaryStore(countedTreeWork((verb) => work.push(verb)))
    await tarLayer(store, 'copy')
    await tarLayer(store, 'copy')
    expect(work).toEqual([])
    expect(await readdir(join(store.root, 'tmp'))).toEqual([])
  })

  test('are refused if the size of the tar differs from the declared one', async () => {
    const { layers } = await temporaryStore()
    const draft = await layers.draft()
    await writeFile(draft.tar, 'short')
    await expect(layers.commitTar(draft, { sizeBytes: 6 })).rejects.toMatchObject({ code: 'STORE_SIZE_MISMATCH' })
  })

  test('are refused if the blob is not in the store', async () => {
    const { layers } = await temporaryStore()
    const { descriptor, diffId } = gzipLayer('pulled')
    await expect(layers.addBlob(descriptor, diffId)).rejects.toMatchObject({ code: 'STORE_BLOB_MISSING' })
  })

  test('are found by diff ID', async () => {
    const store = await temporaryStore()
    const layer = await tarLayer(store, 'copy')
    expect(await store.layers.findByDiffId(digestOf(tarBytes('copy')))).toEqual(layer)
    expect(await store.layers.findByDiffId(digestOf('other'))).toBeUndefined()
  })

  test.each(['aaaaaaaaaaaa', '../../etc/pw', ''])('with invalid IDs are missing: %o', async (id) => {
    const { layers } = await temporaryStore()
    await expect(layers.get(id as LayerId)).rejects.toMatchObject({ code: 'STORE_LAYER_MISSING' })
    await expect(layers.trees([id as LayerId])).rejects.toMatchObject({ code: 'STORE_LAYER_MISSING' })
    await expect(layers.diffIds([id as LayerId])).rejects.toMatchObject({ code: 'STORE_LAYER_MISSING' })
  })
})

describe('trees()', () => {
  test('returns the chain, top first', async () => {
    const store = await temporaryStore()
    const chain = [(await blobLayer(store, 'bottom')).id, (await treeLayer(store, 'top')).id]
    const [top = '', bottom = ''] = await store.layers.trees(chain)
    expect(await fileIn(top, 'top')).toBe('top')
    expect(await fileIn(bottom, 'bottom')).toBe('bottom')
  })

  test('unpacks once for concurrent callers', async () => {
    const verbs: string[] = []
    const store = await temporaryStore(countedTreeWork((verb) => verbs.push(verb)))
    const { id } = await blobLayer(store, 'pulled')
    await Promise.all([store.layers.trees([id]), store.layers.trees([id]), store.layers.forms([id])])
    expect(verbs).toEqual(['unpack'])
  })

  test('unpacks again what an earlier boot unpacked, since a power failure may have torn it', async () => {
    const verbs: string[] = []
    const store = await temporaryStore(countedTreeWork((verb) => verbs.push(verb)))
    const chain = [(await blobLayer(store, 'pulled')).id, (await treeLayer(store, 'stepped')).id]
    const [stepped = '', pulled = ''] = await store.layers.trees(chain)
    const torn = join(dirname(pulled), 'tree-0123456789abcdef')
    await rename(pulled, torn)
    await writeFile(join(torn, 'pulled'), '')
    expect(await store.layers.get(chain[0] as LayerId)).toMatchObject({ hasTree: false })
    const again = await store.layers.trees(chain)
    expect(again).toEqual([stepped, pulled])
    expect(await fileIn(pulled, 'pulled')).toBe('pulled')
    expect(existsSync(torn)).toBe(false)
    expect(verbs.filter((verb) => verb === 'unpack')).toHaveLength(2)
  })

  test('refuses a blob that is not the declared layer', async () => {
    const store = await temporaryStore()
    const { descriptor, bytes } = gzipLayer('evil')
    await store.blobs.put(descriptor, [bytes])
    const { id } = await store.layers.addBlob(descriptor, digestOf('good') as Digest)
    await expect(store.layers.trees([id])).rejects.toMatchObject({ code: 'TREE_DIGEST' })
    const names = await readdir(join(store.root, 'layers', id))
    expect(names.filter((name) => name.startsWith('tree'))).toEqual([])
  })

  test('names the blob that cannot be unpacked', async () => {
    const store = await temporaryStore()
    const bytes = Buffer.concat([gzipLayer('good').bytes, Buffer.from('garbage')])
    const descriptor = { ...gzipLayer('good').descriptor, digest: digestOf(bytes), size: bytes.length }
    await store.blobs.put(descriptor, [bytes])
    const { id } = await store.layers.addBlob(descriptor, gzipLayer('good').diffId)
    const message = `Cannot unpack layer "${descriptor.digest}": it ends too early`
    await expect(store.layers.trees([id])).rejects.toThrow(message)
  })

  test('uses a good blob of a layer after a bad one was claimed for it', async () => {
    const store = await temporaryStore()
    const [evil, good] = [gzipLayer('evil'), gzipLayer('good')]
    await store.blobs.put(evil.descriptor, [evil.bytes])
    await store.blobs.put(good.descriptor, [good.bytes])
    await store.layers.addBlob(evil.descriptor, good.diffId)
    const { id } = await store.layers.addBlob(good.descriptor, good.diffId)
    const [tree = ''] = await store.layers.trees([id])
    expect(await fileIn(tree, 'good')).toBe('good')
  })

  test('stops for a caller that aborts, but not for others', async () => {
    const store = await temporaryStore()
    const { id } = await blobLayer(store, 'pulled')
    const abort = new AbortController()
    const aborted = store.layers.trees([id], abort.signal)
    const other = store.layers.trees([id])
    abort.abort()
    await expect(aborted).rejects.toThrow('aborted')
    expect(await other).toHaveLength(1)
  })
})

describe('diffIds()', () => {
  test('computes missing ones once and remembers them', async () => {
    const verbs: string[] = []
    const store = await temporaryStore(countedTreeWork((verb) => verbs.push(verb)))
    const chain = [(await treeLayer(store, 'one')).id, (await tarLayer(store, 'two', { diffId: false })).id]
    const [first, second] = await Promise.all([store.layers.diffIds(chain), store.layers.diffIds(chain)])
    expect(first).toEqual(second)
    expect(first[1]).toBe(digestOf(tarBytes('two')))
    expect(verbs).toEqual(['pack', 'pack'])
    expect(await store.layers.diffIds(chain)).toEqual(first)
    expect(verbs).toHaveLength(2)
  })
})

describe('blob()', () => {
  test('compresses once and remembers the result', async () => {
    const verbs: string[] = []
    const store = await temporaryStore(countedTreeWork((verb) => verbs.push(verb)))
    const { id } = await treeLayer(store, 'run')
    const descriptor = await store.layers.blob([id], gzip)
    expect(descriptor.mediaType).toBe(MediaType.ociLayerGzip)
    expect(await store.blobs.has(descriptor.digest)).toBe(true)
    expect(await store.layers.blob([id], { ...gzip, mediaTypes: 'docker' })).toEqual({
      ...descriptor,
      mediaType: MediaType.dockerLayerGzip,
    })
    expect(verbs).toEqual(['pack'])
    expect(await store.layers.get(id)).toMatchObject({ compressed: [descriptor] })
  })

  test('returns a pulled layer unchanged', async () => {
    const store = await temporaryStore()
    const { id } = await blobLayer(store, 'pulled')
    expect(await store.layers.blob([id], gzip)).toEqual(gzipLayer('pulled').descriptor)
  })

  test('never returns a blob that is not the declared layer', async () => {
    const store = await temporaryStore()
    const [evil, good] = [gzipLayer('evil'), gzipLayer('good')]
    await store.blobs.put(evil.descriptor, [evil.bytes])
    await store.layers.addBlob(evil.descriptor, good.diffId)
    const { id } = await tarLayer(store, 'good')
    expect((await store.layers.blob([id], gzip)).digest).not.toBe(evil.descriptor.digest)
  })

  test('compresses again for a requested level', async () => {
    const store = await temporaryStore()
    const { id } = await tarLayer(store, 'copy')
    const usual = await store.layers.blob([id], gzip)
    const quick = await store.layers.blob([id], { ...gzip, level: 0 })
    expect(quick.digest).not.toBe(usual.digest)
  })

  test.each(['none', 'gzip', 'zstd'] as const)(
    'makes %s of a layer in any form, with the same content',
    async (algorithm) => {
      const store = await temporaryStore()
      for (const layer of [await treeLayer(store, 'a'), await tarLayer(store, 'b'), await blobLayer(store, 'c')]) {
        const descriptor = await store.layers.blob([layer.id], { algorithm, mediaTypes: 'oci' })
        const [diffId] = await store.layers.diffIds([layer.id])
        const other = await temporaryStore()
        await other.blobs.put(descriptor, store.blobs.open(descriptor))
        const { id } = await other.layers.addBlob(descriptor, diffId ?? digestOf(''))
        expect(await other.layers.trees([id])).toHaveLength(1) // verified against the diff ID
      }
    },
  )

  test('compresses again after the blob was collected', async () => {
    const store = await temporaryStore()
    const { id } = await tarLayer(store, 'copy')
    const descriptor = await store.layers.blob([id], gzip)
    await store.blobs.delete(descriptor.digest)
    expect(await store.layers.blob([id], gzip)).toEqual(descriptor)
    expect(await store.blobs.has(descriptor.digest)).toBe(true)
  })

  test('shares the bytes of a tar with its uncompressed blob', async () => {
    const verbs: string[] = []
    const store = await temporaryStore(countedTreeWork((verb) => verbs.push(verb)))
    const { id } = await tarLayer(store, 'copy')
    const descriptor = await store.layers.blob([id], { algorithm: 'none', mediaTypes: 'oci' })
    expect(descriptor.digest).toBe(digestOf(tarBytes('copy')))
    expect(verbs).toEqual([])
  })

  test('reports a layer without any form as missing', async () => {
    const store = await temporaryStore()
    const layer = await blobLayer(store, 'pulled')
    await rm(store.blobs.path(gzipLayer('pulled').descriptor.digest))
    await expect(store.layers.trees([layer.id])).rejects.toMatchObject({ code: 'STORE_LAYER_MISSING' })
    await expect(store.layers.blob([layer.id], gzip)).rejects.toMatchObject({ code: 'STORE_LAYER_MISSING' })
  })
})
