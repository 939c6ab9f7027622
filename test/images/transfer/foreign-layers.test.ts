import { randomBytes } from 'node:crypto'
import { beforeEach, expect, test } from 'vitest'
import { type Digest, digestOf, type ImageReference, MediaType, parseReference } from '../../../image-spec/index.ts'
import { platformImageOf } from '../../../images/documents/prepare-image.ts'
import { pullImage } from '../../../images/transfer/pull-image.ts'
import { pushImage } from '../../../images/transfer/push-image.ts'
import type { ImageRecord, LayerStore } from '../../../layer-store/index.ts'
import type { RegistryClient } from '../../../registry/index.ts'
import { temporaryStore } from '../../layer-store/temporary-store.ts'
import { anonymousClient } from '../../registry/blob-samples.ts'
import { answering, type FaultRegistry, startFaultRegistry } from '../../support/fault-registry.ts'
import { LINUX, makeImage } from './image-samples.ts'

const FOREIGN = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip'
let registry: FaultRegistry
/** A server with the bytes of the foreign layer. */
let elsewhere: FaultRegistry
let client: RegistryClient
let reference: ImageReference
let image: ImageRecord
let layer: Digest

beforeEach(async () => {
  registry = await startFaultRegistry()
  elsewhere = await startFaultRegistry()
  client = anonymousClient({ retries: 1 })
  reference = parseReference(`${registry.host}/app:v1`)
})

/** An image whose only layer is foreign, with these addresses; `host` is replaced by that of the other server. */
async function publish(urls: (path: string) => readonly string[]): Promise<void> {
  const source = await temporaryStore()
  image = await makeImage(source, 'local/app:v1', [{ 'big.bin': randomBytes(3 << 20) }])
  await pushImage({ store: source, client, reference, images: [platformImageOf(image)], mediaTypes: 'docker' })
  const { manifest } = expectManifest(await client.fetchManifest(reference))
  const [found] = manifest.layers
  if (found === undefined) throw new Error('the image has one layer')
  layer = found.digest
  const foreign = { ...found, mediaType: FOREIGN, urls: urls(`/v2/base/blobs/${layer}`) }
  const bytes = Buffer.from(JSON.stringify({ ...manifest, layers: [foreign] }))
  registry.manifests.set('app:v1', { type: MediaType.dockerManifest, bytes })
  registry.manifests.set(`app@${digestOf(bytes)}`, { type: MediaType.dockerManifest, bytes })
  elsewhere.blobs.set(layer, registry.blobs.get(layer) ?? Buffer.alloc(0))
  registry.blobs.delete(layer)
  registry.requests.length = 0
}

function expectManifest(fetched: Awaited<ReturnType<RegistryClient['fetchManifest']>>) {
  if (fetched.kind !== 'manifest') throw new Error('the image has no index')
  return fetched
}

const pull = (store: LayerStore) => pullImage({ store, client, reference, platform: LINUX })
const requestsElsewhere = () => elsewhere.requests.map(({ method, url }) => `${method} ${url}`)

test('a foreign layer is fetched from its addresses, skipping those that fail', async () => {
  await publish((path) => [`http://${elsewhere.host}/nothing-here`, `http://${elsewhere.host}${path}`])
  const store = await temporaryStore()
  const pulled = await pull(store)
  expect(pulled.id).toBe(image.id)
  await store.layers.trees(pulled.chain)
  expect(requestsElsewhere()).toEqual(['GET /nothing-here', `GET /v2/base/blobs/${layer}`])
  expect(elsewhere.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true)
})

test('a broken connection to such an address resumes there', async () => {
  await publish((path) => [`http://${elsewhere.host}${path}`])
  let isCut = false
  elsewhere.faults.push((request, response) => {
    const bytes = elsewhere.blobs.get(layer)
    if (isCut || request.method !== 'GET' || bytes === undefined) return false
    isCut = true
    response
      .writeHead(200, { 'content-length': bytes.length })
      .write(bytes.subarray(0, 1 << 20), () => response.destroy())
    return true
  })
  expect((await pull(await temporaryStore())).id).toBe(image.id)
  expect(elsewhere.requests.at(-1)?.headers.range).toMatch(/^bytes=[1-9]/)
})

test('if no address works, the layer is fetched from the registry', async () => {
  await publish((path) => [`http://${elsewhere.host}${path}`, 'ftp://example.invalid/layer', 'not a URL'])
  registry.blobs.set(layer, elsewhere.blobs.get(layer) ?? Buffer.alloc(0))
  elsewhere.faults.push(answering(-1, () => true, 404))
  expect((await pull(await temporaryStore())).id).toBe(image.id)
})

test('content from an address that does not match its digest is rejected', async () => {
  await publish((path) => [`http://${elsewhere.host}${path}`])
  elsewhere.blobs.set(layer, randomBytes(elsewhere.blobs.get(layer)?.length ?? 0))
  const store = await temporaryStore()
  await expect(pull(store)).rejects.toMatchObject({ code: 'REGISTRY_DIGEST_MISMATCH' })
  expect(await store.images.list()).toEqual([])
})

test('a push omits the bytes and keeps the addresses', async () => {
  await publish((path) => [`http://${elsewhere.host}${path}`])
  const store = await temporaryStore()
  const pulled = await pull(store)
  const to = parseReference(`${registry.host}/copy:v1`)
  await pushImage({ store, client, reference: to, images: [platformImageOf(pulled)], mediaTypes: 'docker' })
  expect(registry.blobs.has(layer)).toBe(false)
  const { manifest } = expectManifest(await client.fetchManifest(to))
  const { length: size } = elsewhere.blobs.get(layer) ?? Buffer.alloc(0)
  const urls = [`http://${elsewhere.host}/v2/base/blobs/${layer}`]
  expect(manifest.layers).toEqual([{ mediaType: FOREIGN, digest: layer, size, urls }])
})
