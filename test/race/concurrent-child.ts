/**
 * Runs in a separate process: `concurrent-child <root> <what>`. With KILL_AT=N the process kills itself, as `kill -9`
 * would, instead of making its N-th change to the filesystem.
 */
import { readdirSync } from 'node:fs'
import type { LayerId, LayerStore } from '../../layer-store/index.ts'
import { killAtChange } from './kill-at-change.ts'

killAtChange(Number(process.env['KILL_AT'] ?? 0))
const { openStore } = await import('../../layer-store/index.ts')
const { openNative } = await import('../../sandbox-native/driver/index.ts')
const { blobLayer, configOf, fileIn, treeLayer } = await import('../layer-store/layer-samples.ts')

const [root = '', what = ''] = process.argv.slice(2)
const store = await openStore(root, openNative().trees)
const STEPS = 4
const everything = { allImages: true, buildCache: true, pins: async () => ({}) }

if (what === 'collect') {
  await store.prune(everything)
} else if (what === 'collect-on') {
  for (;;) {
    await store.prune(everything)
    process.stdout.write('done\n')
  }
} else if (what === 'build-on') {
  for (let round = 0; ; round += 1) {
    await build(store, round % 2 === 0)
    process.stdout.write('done\n')
  }
}

/** As in a build: cached or new steps, and an image of their layers. */
async function build({ layers, cache, images, lock }: LayerStore, isTagged: boolean): Promise<void> {
  const held = await lock('shared')
  const base = await blobLayer(store, 'base')
  const chain: LayerId[] = [base.id]
  for (let step = 0; step < STEPS; step += 1) {
    const name = `step-${step}`
    const known = await cache.find(name)
    const layer = known?.layer ?? (await treeLayer(store, name)).id
    if (known === undefined) await cache.put(name, { createdAt: '2026-01-01T00:00:00Z', description: 'RUN', layer })
    chain.push(layer)
    await expectReadable(chain)
  }
  const records = await Promise.all(chain.map((id) => layers.get(id)))
  const image = await images.put(await configOf(store, records), chain)
  if (isTagged) await images.tag(image.id, `docker.io/library/image-${process.pid}:latest`)
  await layers.blob(chain, { algorithm: 'gzip', mediaTypes: 'oci' })
  await expectReadable((await images.get(image.id)).chain)
  await held.release()
}

async function expectReadable(chain: readonly LayerId[]): Promise<void> {
  for (const tree of await store.layers.trees(chain)) {
    const [name = ''] = readdirSync(tree)
    if ((await fileIn(tree, name)) !== name) throw new Error(`${tree} is not whole`)
  }
}
