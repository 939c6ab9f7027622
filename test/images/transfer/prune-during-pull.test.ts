import { randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { parseReference } from '../../../image-spec/index.ts'
import { platformImageOf } from '../../../images/documents/prepare-image.ts'
import { pullImage } from '../../../images/transfer/pull-image.ts'
import { pushImage } from '../../../images/transfer/push-image.ts'
import { openStore } from '../../../layer-store/index.ts'
import { openNative } from '../../../sandbox-native/driver/index.ts'
import { temporaryStore } from '../../layer-store/temporary-store.ts'
import { anonymousClient } from '../../registry/blob-samples.ts'
import { type FaultRegistry, startFaultRegistry } from '../../support/fault-registry.ts'
import { LINUX, makeImage } from './image-samples.ts'

let registry: FaultRegistry

beforeAll(async () => {
  registry = await startFaultRegistry()
})

test('a prune during a pull keeps everything that has arrived, complete or partial layers', async () => {
  const client = anonymousClient()
  const reference = parseReference(`${registry.host}/app:v1`)
  const source = await temporaryStore()
  const image = await makeImage(source, 'local/app:v1', [{ small: 'small' }, { big: randomBytes(4 << 20) }])
  await pushImage({ store: source, client, reference, images: [platformImageOf(image)] })

  let goOn = () => {}
  const isHalf = new Promise<void>((resolve) => {
    registry.faults.push((request, response) => {
      const blob = registry.blobs.get(/\/blobs\/(sha256:.*)$/.exec(request.url ?? '')?.[1] ?? '')
      if (blob === undefined || blob.length < 1 << 20) return false
      response.writeHead(200, { 'content-length': blob.length }).write(blob.subarray(0, 1 << 20))
      goOn = () => response.end(blob.subarray(1 << 20))
      resolve()
      return true
    })
  })
  const store = await temporaryStore()
  const pulled = pullImage({ store, client, reference, platform: LINUX })
  await isHalf
  await expect.poll(() => readdirSync(join(store.root, 'layers'))).toHaveLength(2)
  const other = await openStore(store.root, openNative().trees)
  const result = await other.prune({ allImages: true, buildCache: true, pins: async () => ({}) })
  expect(result).toMatchObject({ deletedLayers: [], deletedBlobs: [] })
  goOn()
  const { id, chain } = await pulled
  expect(id).toBe(image.id)
  expect(await store.layers.trees(chain)).toHaveLength(2)
  expect(registry.requests.filter(({ headers }) => headers.range !== undefined)).toEqual([])
  expect(readdirSync(join(store.root, 'tmp'))).toEqual([])
  await client.close()
})
