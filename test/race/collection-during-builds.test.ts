import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type Chain, type LayerStore, openStore } from '../../layer-store/index.ts'
import { openNative } from '../../sandbox-native/driver/index.ts'
import { configOf, fileIn, treeLayer } from '../layer-store/layer-samples.ts'
import { temporaryRoot } from '../layer-store/temporary-store.ts'
import { ended, firstLine, useScript } from './run-child.ts'

const start = useScript('concurrent-child.ts')
const nothingPinned = { pins: async () => ({}) }
const BUILDERS = 4
const COLLECTORS = 2
const ROUNDS = 12

test('builds during collections always find what they use, whichever process is killed', async () => {
  const root = join(await temporaryRoot(), 'store')
  await openStore(root, openNative().trees)
  const kinds = [...Array<string>(BUILDERS).fill('build-on'), ...Array<string>(COLLECTORS).fill('collect-on')]
  const workers = kinds.map((kind) => startWorker(root, kind))
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const index = round % kinds.length
      const worker = workers[index]
      const again = startWorker(root, kinds[index] ?? '')
      // In the middle of the work after a completed step.
      expect(await worker?.hasWorked, kinds[index]).toBe('done')
      await pause(7 * round)
      workers[index] = again
      expect(await worker?.kill(), kinds[index]).toBe('SIGKILL')
    }
    expect(await Promise.all(workers.map(({ hasWorked }) => hasWorked))).toEqual(kinds.map(() => 'done'))
  } finally {
    await Promise.all(workers.map((worker) => worker.kill()))
  }
  const store = await openStore(root, openNative().trees)
  for (const image of await store.images.list()) await expectReadable(store, image.chain)
  await store.prune({ ...nothingPinned, allImages: true, buildCache: true })
  expect(['layers', 'tmp', 'images', 'blobs/sha256'].flatMap((name) => readdirSync(join(root, name)))).toEqual([])
})

/** Works until it is killed; exits with an error if something is missing. */
function startWorker(root: string, kind: string) {
  const child = start([root, kind])
  const end = ended(child)
  const done = firstLine(child).catch((error: Error) => error.message)
  return {
    hasWorked: done,
    kill: () => {
      child.kill('SIGKILL')
      return end
    },
  }
}

test('a collection that is killed at any change removes nothing of a concurrent command', async () => {
  const store = await openStore(join(await temporaryRoot(), 'store'), openNative().trees)
  const held = await store.lock('shared')
  const used = await treeLayer(store, 'used')
  const image = await store.images.put(await configOf(store, [used]), [used.id])
  for (let at = 1; ; at += 1) {
    await leaveUnused(store.root)
    const end = await ended(start([store.root, 'collect'], { KILL_AT: String(at) }))
    const late = await treeLayer(store, `late-${at}`) // not blocked by the killed process
    expect((await store.images.get(image.id)).chain).toEqual([used.id])
    await expectReadable(store, [used.id, late.id])
    if (end === 0) break
    expect(end, `killed at change ${at}`).toBe('SIGKILL')
  }
  await store.prune({ ...nothingPinned, allImages: true, buildCache: true })
  expect(await store.layers.trees([used.id])).toHaveLength(1)
  const lease = readdirSync(join(store.root, 'tmp'))
  expect(lease).toEqual([expect.stringMatching(/^lease\./)])
  await held.release()
})

/** A tagged image, cached steps and an unused blob. */
async function leaveUnused(root: string): Promise<void> {
  const store = await openStore(root, openNative().trees)
  const layer = await treeLayer(store, 'unused')
  const image = await store.images.put(await configOf(store, [layer]), [layer.id])
  await store.images.tag(image.id, 'docker.io/library/unused:latest')
  await store.cache.put('unused', { createdAt: '2026-01-01T00:00:00Z', description: 'RUN', layer: layer.id })
  await store.layers.blob([layer.id], { algorithm: 'gzip', mediaTypes: 'oci' })
}

async function expectReadable(store: LayerStore, chain: Chain): Promise<void> {
  for (const tree of await store.layers.trees(chain)) {
    const [name = ''] = readdirSync(tree)
    expect(await fileIn(tree, name)).toBe(name)
  }
}
