import { randomBytes } from 'node:crypto'
import { digestOf } from '../../image-spec/index.ts'
import type { LayerStore } from '../../layer-store/index.ts'
import { blobLayer, configOf, tarLayer, treeLayer } from '../layer-store/layer-samples.ts'

export const KEPT = 'docker.io/library/kept:latest'
export const LOST = 'docker.io/library/lost:latest'

/** Every kind of change in a store, in sequence; can be repeated on an incomplete result. */
export async function everyKindOfWork(store: LayerStore): Promise<void> {
  await store.blobs.putBytes(Buffer.from('a blob of nobody'))
  const layers = [await blobLayer(store, 'pulled'), await tarLayer(store, 'copied'), await treeLayer(store, 'made')]
  const chain = layers.map(({ id }) => id)
  await store.layers.trees(chain)
  const kept = await store.images.put(await configOf(store, layers), chain)
  await store.images.tag(kept.id, KEPT)
  await store.layers.blob(chain, { algorithm: 'gzip', mediaTypes: 'oci' })
  await store.images.addRepositoryDigest(kept.id, 'docker.io/library/kept', digestOf('manifest'))
  const record = { createdAt: '2026-01-01T00:00:00Z', description: 'RUN' }
  await store.cache.put('kept', { ...record, layer: layers[2]?.id ?? chain[0] ?? ('' as never) })
  await store.cache.find('kept')
  await store.cache.putBuildRecord('step', { why: 'because' })
  const other = await treeLayer(store, 'other')
  const lost = await store.images.put(await configOf(store, [other]), [other.id])
  await store.images.tag(lost.id, LOST)
  await store.images.untag(LOST)
  await store.prune({ danglingImages: true, pins: async () => ({}) })
}

/** The concurrent work of several processes. */
export async function storeSame(
  store: LayerStore,
): Promise<{ readonly layers: readonly string[]; readonly image: string }> {
  await store.blobs.putBytes(Buffer.alloc(1 << 20, 'same'))
  const pulled = await blobLayer(store, 'pulled')
  const copied = await tarLayer(store, 'copied')
  await store.layers.trees([pulled.id, copied.id])
  const own = await treeLayer(store, `own-${randomBytes(4).toString('hex')}`)
  await store.layers.blob([own.id], { algorithm: 'gzip', mediaTypes: 'oci' })
  const layers = [pulled, copied]
  const image = await store.images.put(
    await configOf(store, layers),
    layers.map(({ id }) => id),
  )
  await store.images.tag(image.id, KEPT)
  await store.cache.put('key', { createdAt: '2026-01-01T00:00:00Z', description: 'COPY', layer: copied.id })
  return { layers: layers.map(({ id }) => id), image: image.id }
}
