import { expect, test } from 'vitest'
import { openStore } from '../../layer-store/index.ts'
import { openNative } from '../../sandbox-native/driver/index.ts'
import { listOf, temporaryRoot, temporaryStore } from '../layer-store/temporary-store.ts'
import { ended, firstLine, useScript } from './run-child.ts'
import { KEPT } from './store-work.ts'

const start = useScript('store-child.ts')

test('processes that store the same content concurrently agree on it', async () => {
  const root = await temporaryRoot()
  for (let round = 0; round < 5; round += 1) {
    const children = Array.from({ length: 4 }, () => start([`${root}/${round}`, 'same']))
    await Promise.all(children.map(firstLine))
    const answers = children.map(firstLine)
    const ends = children.map(ended)
    for (const child of children) child.stdin?.write('go\n')
    const [first, ...others] = await Promise.all(answers)
    for (const other of others) expect(other).toBe(first)
    expect(await Promise.all(ends)).toEqual([0, 0, 0, 0])
    const store = await openStore(`${root}/${round}`, openNative().trees)
    const image = (await store.images.findAllByReference(KEPT))[0]
    expect(JSON.parse(first ?? '')).toEqual({ layers: image?.chain, image: image?.id })
    expect(await listOf(store.layers.list())).toHaveLength(2 + 4)
    for await (const digest of store.blobs.list()) await store.blobs.read(digest)
  }
})

test('no process gets exclusive use of the store while another uses it, and it does after that one died', async () => {
  const store = await temporaryStore()
  const child = start([store.root, 'hold'])
  await firstLine(child)
  await expect(store.lock('exclusive', { tryOnly: true })).rejects.toMatchObject({ code: 'STORE_BUSY' })
  const shared = await store.lock('shared', { tryOnly: true })
  await shared.release()
  const end = ended(child)
  child.kill('SIGKILL')
  expect(await end).toBe('SIGKILL')
  await store.prune({ pins: async () => ({}) })
  const alone = await store.lock('exclusive', { tryOnly: true })
  await alone.release()
})
