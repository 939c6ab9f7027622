import { randomBytes } from 'node:crypto'
import { beforeEach, expect, test } from 'vitest'
import { digestOf, type ImageReference, parseReference } from '../../../image-spec/index.ts'
import { platformImageOf } from '../../../images/documents/prepare-image.ts'
import { pullImage } from '../../../images/transfer/pull-image.ts'
import { pushImage } from '../../../images/transfer/push-image.ts'
import type { ImageRecord, LayerStore } from '../../../layer-store/index.ts'
import type { RegistryClient } from '../../../registry/index.ts'
import { temporaryStore } from '../../layer-store/temporary-store.ts'
import { anonymousClient } from '../../registry/blob-samples.ts'
import { answering, type FaultRegistry, startFaultRegistry } from '../../support/fault-registry.ts'
import { LINUX, makeImage } from './image-samples.ts'

/** A layer that takes a while to compress. */
const LARGE = Buffer.from(randomBytes(30 << 20).toString('base64'))
let registry: FaultRegistry
let client: RegistryClient
let reference: ImageReference
let store: LayerStore
let image: ImageRecord

beforeEach(async () => {
  registry = await startFaultRegistry()
  client = anonymousClient()
  reference = parseReference(`${registry.host}/app:v1`)
  store = await temporaryStore()
  image = await makeImage(store, 'local/app:v1', [{ 'big.bin': LARGE }])
})

const push = () => pushImage({ store, client, reference, images: [platformImageOf(image)] })

async function isWhole(): Promise<void> {
  for (const [digest, bytes] of registry.blobs) expect(digestOf(bytes)).toBe(digest)
  const other = await temporaryStore()
  expect((await pullImage({ store: other, client, reference, platform: LINUX })).id).toBe(image.id)
}

test('a large layer arrives complete', async () => {
  await push()
  await isWhole()
})

test.each(['POST', 'PATCH', 'PUT'])(
  'if %s of the early upload is refused, the whole layer is pushed',
  async (method) => {
    registry.blobs.set(image.id, await store.blobs.read(image.id)) // only the layer is uploaded
    registry.faults.push(answering(1, (request) => request.method === method, 404))
    await push()
    await isWhole()
  },
)
