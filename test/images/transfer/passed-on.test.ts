import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type ImageReference, parseReference } from '../../../image-spec/index.ts'
import { platformImageOf } from '../../../images/documents/prepare-image.ts'
import { pullImage } from '../../../images/transfer/pull-image.ts'
import { pushImage } from '../../../images/transfer/push-image.ts'
import type { ImageRecord, LayerStore, StoreTreeWork } from '../../../layer-store/index.ts'
import type { RegistryClient } from '../../../registry/index.ts'
import { NO_SETTINGS } from '../../../registry/settings/registry-settings.ts'
import { openNative } from '../../../sandbox-native/driver/index.ts'
import { temporaryStore } from '../../layer-store/temporary-store.ts'
import { anonymousClient } from '../../registry/blob-samples.ts'
import { cuttingBlobs, type FaultRegistry, startFaultRegistry } from '../../support/fault-registry.ts'
import { LINUX, makeImage } from './image-samples.ts'

const LAYER_BYTES = 56 << 20

let registry: FaultRegistry
let client: RegistryClient
let reference: ImageReference
let image: ImageRecord
let store: LayerStore
let receive: StoreTreeWork['receiveBytes']
let received: number[]

/** A registry with an image whose layer is large enough for its connection to be passed on. */
beforeEach(async () => {
  registry = await startFaultRegistry()
  client = anonymousClient({ retries: 2, retryDelayMs: 1 })
  reference = parseReference(`${registry.host}/app:v1`)
  const source = await temporaryStore()
  image = await makeImage(source, 'local/app:v1', [{ 'big.bin': randomBytes(LAYER_BYTES) }])
  await pushImage({ store: source, client, reference, images: [platformImageOf(image)] })
  registry.requests.length = 0
  const { trees } = openNative()
  received = []
  receive = trees.receiveBytes
  store = await temporaryStore({
    ...trees,
    receiveBytes: async (...words) => {
      const result = await receive(...words)
      received.push(result.receivedBytes)
      return result
    },
  })
  vi.spyOn(performance, 'now').mockReturnValue(0) // every connection appears fast
})

afterEach(async () => {
  vi.restoreAllMocks()
})

test('the rest of a large layer is received by another process, once', async () => {
  expect((await pull()).id).toBe(image.id)
  expect(received).toEqual([expect.any(Number)])
  expect(received[0]).toBeGreaterThan(32 << 20)
  expect(ranges()).toEqual([])
})

test('a connection that breaks after the handover resumes from its last byte', async () => {
  registry.faults.push(cuttingBlobs(registry, 2, 20 << 20)) // the configuration arrives complete
  expect((await pull()).id).toBe(image.id)
  expect(ranges()).toEqual([`bytes=${20 << 20}-${layerBytes()}`])
  expect(received).toHaveLength(1)
})

test('after a mirror fails during the handover, the registry resumes from the last byte', async () => {
  const mirror = await startFaultRegistry()
  for (const [digest, bytes] of registry.blobs) mirror.blobs.set(digest, bytes)
  mirror.faults.push(cuttingBlobs(mirror, 2, 20 << 20), (_, response) => response.writeHead(404).end() !== undefined)
  const rules = [{ prefix: registry.host, mirrors: [{ location: mirror.host }] }]
  await client.close()
  client = anonymousClient({ retries: 2, retryDelayMs: 1, settings: { ...NO_SETTINGS, rules } })
  expect((await pull()).id).toBe(image.id)
  expect(ranges()).toEqual([`bytes=${20 << 20}-${layerBytes()}`])
})

test('without a receiving process, this one receives', async () => {
  receive = () => Promise.reject(new Error('no process'))
  expect((await pull()).id).toBe(image.id)
})

test('a pull cancelled during the handover is resumed by the next', async () => {
  const cancelled = new AbortController()
  receive = (part, more) => {
    const onProgress = (sizeBytes: number) => {
      more.onProgress(sizeBytes)
      if (sizeBytes > 12 << 20) cancelled.abort(new Error('enough'))
    }
    return openNative().trees.receiveBytes(part, { ...more, onProgress })
  }
  registry.faults.push(stallingAfter(16 << 20))
  await expect(pull(cancelled.signal)).rejects.toThrow('enough')
  registry.faults.length = 0
  expect((await readdir(join(store.root, 'tmp'))).filter((name) => name.startsWith('partial-'))).toHaveLength(2)
  expect((await pull()).id).toBe(image.id)
  expect(ranges()).toHaveLength(1)
})

function pull(signal?: AbortSignal): Promise<ImageRecord> {
  return pullImage({ store, client, reference, platform: LINUX }, signal)
}

function ranges(): readonly string[] {
  return registry.requests.flatMap(({ headers }) => (headers.range === undefined ? [] : [headers.range]))
}

/** Offset of the last byte of the layer. */
function layerBytes(): number {
  return Math.max(...[...registry.blobs.values()].map((blob) => blob.length)) - 1
}

function stallingAfter(bytes: number): FaultRegistry['faults'][number] {
  return ({ method, url = '' }, response) => {
    const blob = [...registry.blobs].find(([digest]) => url.endsWith(`/blobs/${digest}`))?.[1]
    if (method !== 'GET' || blob === undefined || blob.length < bytes) return false
    response.writeHead(200, { 'content-length': blob.length })
    response.write(blob.subarray(0, bytes))
    return true
  }
}
