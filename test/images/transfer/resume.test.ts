import { randomBytes } from 'node:crypto'
import { appendFile, readdir, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { type ImageReference, parseReference } from '../../../image-spec/index.ts'
import { platformImageOf } from '../../../images/documents/prepare-image.ts'
import { pullImage } from '../../../images/transfer/pull-image.ts'
import { pushImage } from '../../../images/transfer/push-image.ts'
import type { ImageRecord, LayerStore } from '../../../layer-store/index.ts'
import type { RegistryClient } from '../../../registry/index.ts'
import { temporaryStore } from '../../layer-store/temporary-store.ts'
import { anonymousClient } from '../../registry/blob-samples.ts'
import { cuttingBlobs, type FaultRegistry, startFaultRegistry } from '../../support/fault-registry.ts'
import { LINUX, makeImage } from './image-samples.ts'

let registry: FaultRegistry
let client: RegistryClient
let reference: ImageReference
let image: ImageRecord
let store: LayerStore

/** A registry with an image of one large layer, and an empty store to pull it into. */
beforeEach(async () => {
  registry = await startFaultRegistry()
  client = anonymousClient({ retries: 0 })
  reference = parseReference(`${registry.host}/app:v1`)
  const source = await temporaryStore()
  image = await makeImage(source, 'local/app:v1', [{ 'big.bin': randomBytes(12 << 20) }])
  await pushImage({ store: source, client, reference, images: [platformImageOf(image)] })
  registry.requests.length = 0
  store = await temporaryStore()
})

describe('a pull that lost its connection', () => {
  beforeEach(async () => {
    // The configuration arrives complete, the layer in part, and then nothing more.
    registry.faults.push(cuttingBlobs(registry, 2, 7 << 20), cuttingBlobs(registry, -1, 0))
    await expect(pull()).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' })
    registry.faults.length = 0
    registry.requests.length = 0
  })

  test('resumes where it stopped, with the saved state of its digest', async () => {
    const left = await partials()
    expect(left).toHaveLength(2)
    expect(left[1]).toBe(`${left[0]}.state`)
    expect((await pull()).id).toBe(image.id)
    expect(ranges()).toEqual([expect.stringMatching(/^bytes=[1-9]\d{6}-/)])
    expect(await partials()).toEqual([])
  })

  test('resumes without a saved state too', async () => {
    const [, state = ''] = await partials()
    await writeFile(join(store.root, 'tmp', state), '{"position":')
    expect((await pull()).id).toBe(image.id)
    expect(ranges()).toHaveLength(1)
  })

  test('restarts if the rest is damaged', async () => {
    const [file = ''] = await partials()
    await truncate(join(store.root, 'tmp', file), 1 << 20)
    await appendFile(join(store.root, 'tmp', file), Buffer.alloc(1 << 20))
    expect((await pull()).id).toBe(image.id)
    expect(ranges()).toHaveLength(1) // and one request from the start
    expect(await partials()).toEqual([])
  })
})

test('fails with REGISTRY_DIGEST_MISMATCH for wrong content, and keeps none of it', async () => {
  for (const [digest, bytes] of registry.blobs) {
    if (bytes.length > 1 << 20) registry.blobs.set(digest, Buffer.concat([bytes.subarray(1), Buffer.from('x')]))
  }
  await expect(pull()).rejects.toMatchObject({ code: 'REGISTRY_DIGEST_MISMATCH' })
  expect(await partials()).toEqual([])
  expect(await store.images.list()).toEqual([])
})

test('succeeds when two of the same image run concurrently', async () => {
  const [one, other] = await Promise.all([pull(), pull()])
  expect([one.id, other.id]).toEqual([image.id, image.id])
  expect(await partials()).toEqual([])
})

function pull(): Promise<ImageRecord> {
  return pullImage({ store, client, reference, platform: LINUX })
}

async function partials(): Promise<readonly string[]> {
  return (await readdir(join(store.root, 'tmp'))).filter((name) => name.startsWith('partial-')).sort()
}

function ranges(): readonly string[] {
  return registry.requests.flatMap(({ headers }) => (headers.range === undefined ? [] : [headers.range]))
}
