import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { digestOf, MediaType, parseReference } from '../../../image-spec/index.ts'
import { copyImage } from '../../../images/copy/copy-image.ts'
import { temporaryRoot, temporaryStore } from '../../layer-store/temporary-store.ts'
import { anonymousClient, blobOf } from '../../registry/blob-samples.ts'
import { startFaultRegistry } from '../../support/fault-registry.ts'
import { rawTar } from '../../support/raw-tar.ts'

test('concurrent copies into a layout keep the entries of each other', async () => {
  const registry = await startFaultRegistry()
  const client = anonymousClient()
  const tags = ['a', 'b', 'c', 'd']
  for (const tag of tags) {
    const config = Buffer.from(JSON.stringify({ tag }))
    registry.blobs.set(digestOf(config), config)
    const blob = { ...blobOf(config), mediaType: MediaType.ociConfig }
    const manifest = { schemaVersion: 2, mediaType: MediaType.ociManifest, config: blob, layers: [] }
    const bytes = Buffer.from(JSON.stringify(manifest))
    registry.manifests.set(`app:${tag}`, { type: manifest.mediaType, bytes })
  }
  const [store, path] = [await temporaryStore(), await temporaryRoot()]
  const copy = (tag: string) => {
    const from = { kind: 'registry', reference: parseReference(`${registry.host}/app:${tag}`) } as const
    return copyImage({ store, registry: async () => client, from, to: { kind: 'oci', path, tag } })
  }
  await Promise.all(tags.map(copy))
  const { manifests } = JSON.parse(readFileSync(join(path, 'index.json'), 'utf8'))
  const named = (entry: { annotations: object }) => Object.values(entry.annotations)
  expect(manifests.flatMap(named).sort()).toEqual(tags)
})

test('a copy through the store leaves nothing there, except data that others stored concurrently', async () => {
  const registry = await startFaultRegistry()
  const client = anonymousClient()
  const layer = Buffer.from(rawTar([{ name: 'file', data: 'content' }]))
  const document = { os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [digestOf(layer)] } }
  const config = Buffer.from(JSON.stringify(document))
  for (const bytes of [layer, config]) registry.blobs.set(digestOf(bytes), bytes)
  const manifest = {
    schemaVersion: 2,
    mediaType: MediaType.ociManifest,
    config: { ...blobOf(config), mediaType: MediaType.ociConfig },
    layers: [{ ...blobOf(layer), mediaType: MediaType.ociLayer }],
  }
  const bytes = Buffer.from(JSON.stringify(manifest))
  for (const name of ['team/app:v1', `team/app@${digestOf(bytes)}`])
    registry.manifests.set(name, { type: manifest.mediaType, bytes })
  const [store, empty] = [await temporaryStore(), await temporaryStore()]
  const path = join(await temporaryRoot(), 'app.tar')
  const base = { store, registry: async () => client, platform: { os: 'linux', architecture: 'amd64' } }
  const from = { kind: 'registry', reference: parseReference(`${registry.host}/team/app:v1`) } as const
  const toArchive = { ...base, from, to: { kind: 'docker-archive', path } } as const

  await copyImage({ ...toArchive, store: empty })
  expect(existsSync(path)).toBe(true)
  expect(await empty.images.list()).toEqual([])

  let other: Promise<unknown> | undefined
  const onProgress = () => {
    other ??= copyImage({ ...base, from, to: { kind: 'store', name: 'other/app' } })
  }
  await copyImage({ ...toArchive, onProgress })
  await other
  const kept = [expect.objectContaining({ id: digestOf(config), tags: ['docker.io/other/app:latest'] })]
  expect(await store.images.list()).toEqual(kept)

  await copyImage({ ...base, from: { kind: 'docker-archive', path }, to: { kind: 'oci', path: `${path}.layout` } })
  expect(await store.images.list()).toEqual(kept)
})

test('a registry that always sends wrong bytes is named with its repository and the blob', async () => {
  const registry = await startFaultRegistry()
  const client = anonymousClient()
  const config = Buffer.from('{"right":1}')
  registry.blobs.set(digestOf(config), Buffer.from('{"wrong":1}'))
  const blob = { ...blobOf(config), mediaType: MediaType.ociConfig }
  const manifest = { schemaVersion: 2, mediaType: MediaType.ociManifest, config: blob, layers: [] }
  registry.manifests.set('team/app:v1', { type: manifest.mediaType, bytes: Buffer.from(JSON.stringify(manifest)) })
  const [store, path] = [await temporaryStore(), await temporaryRoot()]
  const from = { kind: 'registry', reference: parseReference(`${registry.host}/team/app:v1`) } as const
  const to = { kind: 'oci', path: join(path, 'layout') } as const
  await expect(copyImage({ store, registry: async () => client, from, to })).rejects.toMatchObject({
    code: 'REGISTRY_DIGEST_MISMATCH',
    message: expect.stringContaining(`Cannot pull "${registry.host}/team/app@${digestOf(config)}"`),
  })
})
