import { readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Descriptor, digestOf } from '../../image-spec/index.ts'
import type { LayerStore } from '../../layer-store/index.ts'
import { listOf, temporaryStore } from '../layer-store/temporary-store.ts'

describe('the blob store', () => {
  test('returns what was stored, whole and as a stream', async () => {
    const { blobs } = await temporaryStore()
    await blobs.put(blobOf('right'), bytesOf('right'))
    expect((await blobs.read(digestOf('right'))).toString()).toBe('right')
    expect(await textOf(blobs.open(blobOf('right')))).toBe('right')
    expect(await blobs.size(digestOf('right'))).toBe(5)
    expect(await readFile(blobs.path(digestOf('right')), 'utf8')).toBe('right')
  })

  test.each([
    ['other bytes', 'wrong', 'STORE_DIGEST_MISMATCH'],
    ['too few bytes', 'righ', 'STORE_SIZE_MISMATCH'],
    ['too many bytes', 'righter', 'STORE_SIZE_MISMATCH'],
  ])('refuses %s and leaves nothing behind', async (_, text, code) => {
    const store = await temporaryStore()
    await expect(store.blobs.put(blobOf('right'), bytesOf(text))).rejects.toMatchObject({ code })
    expect(await store.blobs.has(digestOf('right'))).toBe(false)
    expect(await filesIn(store)).toEqual([])
  })

  test('stops reading when a peer sends more than announced', async () => {
    const { blobs } = await temporaryStore()
    let sent = 0
    async function* endless() {
      for (;;) {
        sent += 1
        yield Buffer.from('x'.repeat(1000))
      }
    }
    await expect(blobs.put(blobOf('right'), endless())).rejects.toMatchObject({ code: 'STORE_SIZE_MISMATCH' })
    expect(sent).toBe(1)
  })

  test('accepts a second put of the same blob without reading its bytes', async () => {
    const { blobs } = await temporaryStore()
    await blobs.put(blobOf('right'), bytesOf('right'))
    await blobs.put(blobOf('right'), bytesOf('wrong'))
    expect((await blobs.read(digestOf('right'))).toString()).toBe('right')
  })

  test('stores the second of two concurrent puts if the first one fails', async () => {
    const { blobs } = await temporaryStore()
    const results = await Promise.allSettled([
      blobs.put(blobOf('right'), bytesOf('wrong')),
      blobs.put(blobOf('right'), bytesOf('right')),
    ])
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
    expect(await blobs.has(digestOf('right'))).toBe(true)
  })

  test('hashes bytes of unknown digest', async () => {
    const { blobs } = await temporaryStore()
    expect(await blobs.putBytes(Buffer.from('right'))).toEqual({ digest: digestOf('right'), size: 5 })
  })

  test('adopts a file written to its temporary path', async () => {
    const store = await temporaryStore()
    const path = store.blobs.temporaryPath()
    await writeFile(path, 'right')
    await store.blobs.adopt(path, digestOf('right'))
    expect((await store.blobs.read(digestOf('right'))).toString()).toBe('right')
    expect(await filesIn(store)).toEqual([join('blobs/sha256', digestOf('right').slice(7))])
  })

  test('fails at the end of reading a corrupt blob, and accepts it again', async () => {
    const { blobs } = await temporaryStore()
    await blobs.put(blobOf('right'), bytesOf('right'))
    await writeFile(blobs.path(digestOf('right')), 'wrong')
    await expect(textOf(blobs.open(blobOf('right')))).rejects.toMatchObject({ code: 'STORE_DIGEST_MISMATCH' })
    await writeFile(blobs.path(digestOf('right')), 'wrong')
    await expect(blobs.read(digestOf('right'))).rejects.toMatchObject({ code: 'STORE_DIGEST_MISMATCH' })
    await blobs.put(blobOf('right'), bytesOf('right'))
    expect((await blobs.read(digestOf('right'))).toString()).toBe('right')
  })

  test('does not follow a link in place of a blob', async () => {
    const { blobs } = await temporaryStore()
    await symlink('/etc/hostname', blobs.path(digestOf('right')))
    await expect(textOf(blobs.open(blobOf('right')))).rejects.toMatchObject({ code: 'STORE_IO' })
    await expect(blobs.read(digestOf('right'))).rejects.toMatchObject({ code: 'STORE_IO' })
  })

  test('reports a missing blob', async () => {
    const { blobs } = await temporaryStore()
    await expect(textOf(blobs.open(blobOf('right')))).rejects.toMatchObject({ code: 'STORE_BLOB_MISSING' })
    await expect(blobs.read(digestOf('right'))).rejects.toMatchObject({ code: 'STORE_BLOB_MISSING' })
    expect(await blobs.size(digestOf('right'))).toBeUndefined()
  })

  test('refuses to read a blob into memory that is larger than the limit', async () => {
    const { blobs } = await temporaryStore()
    await blobs.putBytes(Buffer.from('right'))
    await expect(blobs.read(digestOf('right'), 4)).rejects.toMatchObject({ code: 'STORE_SIZE_MISMATCH' })
  })

  test('lists and deletes, also repeatedly', async () => {
    const { blobs } = await temporaryStore()
    await blobs.putBytes(Buffer.from('one'))
    await blobs.putBytes(Buffer.from('two'))
    expect((await listOf(blobs.list())).sort()).toEqual([digestOf('one'), digestOf('two')].sort())
    await blobs.delete(digestOf('one'))
    await blobs.delete(digestOf('one'))
    expect(await listOf(blobs.list())).toEqual([digestOf('two')])
  })
})

function blobOf(text: string): Descriptor {
  return { mediaType: 'application/octet-stream', digest: digestOf(text), size: text.length }
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

async function textOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  let text = ''
  for await (const chunk of stream) text += Buffer.from(chunk).toString()
  return text
}

async function filesIn(store: LayerStore): Promise<string[]> {
  const entries = await readdir(store.root, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && entry.name !== 'version')
    .map((entry) => join(entry.parentPath, entry.name).slice(store.root.length + 1))
}
