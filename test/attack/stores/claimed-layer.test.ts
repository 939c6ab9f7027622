import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeAll, expect, test } from 'vitest'
import {
  type Descriptor,
  type Digest,
  type ImageReference,
  MediaType,
  parseReference,
} from '../../../image-spec/index.ts'
import { platformImageOf } from '../../../images/documents/prepare-image.ts'
import { pullImage } from '../../../images/transfer/pull-image.ts'
import { pullLayers } from '../../../images/transfer/pull-layers.ts'
import { pushImage } from '../../../images/transfer/push-image.ts'
import { resolveRemote } from '../../../images/transfer/resolve-image.ts'
import type { RegistryClient } from '../../../registry/index.ts'
import { LINUX, makeImage } from '../../images/transfer/image-samples.ts'
import { temporaryStore } from '../../layer-store/temporary-store.ts'
import { anonymousClient, blobOf, opener } from '../../registry/blob-samples.ts'
import { type RunningRegistry, startRegistry } from '../../support/start-registry.ts'

let registry: RunningRegistry
let client: RegistryClient

beforeAll(async () => {
  registry = await startRegistry()
  client = anonymousClient()
})

test("an image that claims the diff ID of another image's layer does not prevent a pull of that image", async () => {
  const honest = parseReference(`${registry.host}/honest:v1`)
  const source = await temporaryStore()
  const image = await makeImage(source, 'local/honest:v1', [{ motd: 'honest\n' }])
  await pushImage({ store: source, client, reference: honest, images: [platformImageOf(image)] })
  const hostile = parseReference(`${registry.host}/hostile:v1`)
  await pushClaim(hostile, image.config.rootfs.diff_ids)

  const store = await temporaryStore()
  await expect(pullImage({ store, client, reference: hostile, platform: LINUX })).rejects.toThrow(/diff ID/)
  const pulled = await pullImage({ store, client, reference: honest, platform: LINUX })
  const [tree = ''] = await store.layers.trees(pulled.chain)
  expect(await readFile(join(tree, 'motd'), 'utf8')).toBe('honest\n')
})

test('a layer that does not match its diff ID is detected by the pull, and no name refers to it', async () => {
  const hostile = await hostileImage('v2')
  const store = await temporaryStore()
  await expect(pullImage({ store, client, reference: hostile, platform: LINUX })).rejects.toMatchObject({
    code: 'REGISTRY_DIGEST_MISMATCH',
    message: expect.stringMatching(/hostile:v2": layer sha256:[0-9a-f]{64} does not match its diff ID/),
    hint: expect.any(String),
  })
  expect(await store.images.list()).toEqual([])
})

test('a layer that is not an archive is detected by the pull, and does not prevent a pull of the image it imitates', async () => {
  const honest = parseReference(`${registry.host}/honest:v4`)
  const source = await temporaryStore()
  const image = await makeImage(source, 'local/honest:v4', [{ motd: 'fourth\n' }])
  await pushImage({ store: source, client, reference: honest, images: [platformImageOf(image)] })
  const store = await temporaryStore()
  const text = Buffer.from('not an archive\n'.repeat(100))
  for (const [tag, layer] of Object.entries({ text, gzip: gzipSync(text), cut: gzipSync(text).subarray(0, -9) })) {
    const hostile = parseReference(`${registry.host}/hostile:${tag}`)
    await pushClaim(hostile, image.config.rootfs.diff_ids, layer)
    await expect(pullImage({ store, client, reference: hostile, platform: LINUX }), tag).rejects.toMatchObject({
      code: 'STORE_BAD_LAYER',
      message: expect.stringMatching(/hostile:\w+": layer sha256:[0-9a-f]{64} cannot be unpacked/),
      hint: expect.stringContaining('publisher'),
    })
  }
  expect(await store.images.list()).toEqual([])
  const pulled = await pullImage({ store, client, reference: honest, platform: LINUX })
  const [tree = ''] = await store.layers.trees(pulled.chain)
  expect(await readFile(join(tree, 'motd'), 'utf8')).toBe('fourth\n')
})

test('a layer that does not match its diff ID is detected by every reader, if it is not unpacked at once', async () => {
  const hostile = await hostileImage('v3')
  const store = await temporaryStore()
  const remote = await resolveRemote(client, { reference: hostile, platform: LINUX }, undefined)
  const { layers } = store
  const chain = await pullLayers({ store, client }, remote)
  const reads = {
    steps: () => layers.trees(chain),
    copies: () => layers.forms(chain),
    saving: () => layers.blob(chain, { algorithm: 'none', mediaTypes: 'docker' }),
    recompression: () => layers.blob(chain, { algorithm: 'zstd', mediaTypes: 'oci' }),
  }
  for (const [name, read] of Object.entries(reads)) {
    await expect(read(), name).rejects.toMatchObject({ code: expect.stringMatching(/DIGEST/) })
  }
})

async function hostileImage(tag: string): Promise<ImageReference> {
  const image = await makeImage(await temporaryStore(), `local/honest:${tag}`, [{ motd: 'other\n' }])
  const hostile = parseReference(`${registry.host}/hostile:${tag}`)
  await pushClaim(hostile, image.config.rootfs.diff_ids)
  return hostile
}

async function pushClaim(
  reference: ImageReference,
  diffIds: readonly Digest[],
  layer: Buffer = gzipSync(Buffer.alloc(1024)),
): Promise<void> {
  const rootfs = { type: 'layers', diff_ids: diffIds }
  const config = Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', config: {}, rootfs, history: [] }))
  const described = { ...blobOf(config), mediaType: MediaType.ociConfig }
  const layers = [{ ...blobOf(layer), mediaType: MediaType.ociLayerGzip }]
  await push(reference, described, config)
  for (const one of layers) await push(reference, one, layer)
  const manifest = { schemaVersion: 2, mediaType: MediaType.ociManifest, config: described, layers }
  await client.pushManifest(reference, {
    mediaType: MediaType.ociManifest,
    bytes: Buffer.from(JSON.stringify(manifest)),
  })
}

async function push(reference: ImageReference, blob: Descriptor, bytes: Buffer): Promise<void> {
  await client.pushBlob(reference, blob, { open: opener(bytes) })
}
