import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { type ImageReference, parseReference } from '../../../image-spec/index.ts'
import { platformImageOf } from '../../../images/documents/prepare-image.ts'
import { pullImage } from '../../../images/transfer/pull-image.ts'
import { pushImage } from '../../../images/transfer/push-image.ts'
import type { ImageRecord, LayerStore } from '../../../layer-store/index.ts'
import type { RegistryClient } from '../../../registry/index.ts'
import { openNative } from '../../../sandbox-native/driver/index.ts'
import { temporaryStore } from '../../layer-store/temporary-store.ts'
import { anonymousClient } from '../../registry/blob-samples.ts'
import { cuttingBlobs, type FaultRegistry, startFaultRegistry } from '../../support/fault-registry.ts'
import { LINUX, makeImage } from './image-samples.ts'

const { trees } = openNative()
const FILES = [
  { 'bottom.bin': randomBytes(6 << 20) },
  { 'small.txt': 'small' },
  { 'top.bin': randomBytes(6 << 20), 'etc/passwd': 'root:x:0:0::/:/bin/sh\n' },
]
let registry: FaultRegistry
let client: RegistryClient
let reference: ImageReference
let image: ImageRecord
let store: LayerStore
/** Verbs that unpacked, in order. */
let unpacked: string[]

beforeEach(async () => {
  registry = await startFaultRegistry()
  client = anonymousClient({ retries: 0 })
  reference = parseReference(`${registry.host}/app:v1`)
  const source = await temporaryStore()
  image = await makeImage(source, 'local/app:v1', FILES)
  await pushImage({ store: source, client, reference, images: [platformImageOf(image)] })
  registry.requests.length = 0
  unpacked = []
  store = await temporaryStore({
    ...trees,
    unpackLayer: (...parameters) => {
      unpacked.push('whole')
      return trees.unpackLayer(...parameters)
    },
    unpackGrowing: (request) => {
      unpacked.push('growing')
      return trees.unpackGrowing(request)
    },
  })
})

test('all layers have trees after a pull, the large ones unpacked while they arrived', async () => {
  const { chain } = await pull()
  expect(unpacked).toContain('growing')
  unpacked.length = 0
  await expectContents(chain)
  expect(unpacked).toEqual([])
})

test('a broken connection leaves no tree, and the next pull unpacks it', async () => {
  registry.faults.push(cuttingBlobs(registry, 2, 3 << 20), cuttingBlobs(registry, -1, 0))
  await expect(pull()).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' })
  expect(await treesOnDisk()).toEqual([])
  registry.faults.length = 0
  const { chain } = await pull()
  await expectContents(chain)
})

test('corrupted bytes never become a tree', async () => {
  const damaged = new Set<string>()
  registry.faults.push((request, response) => {
    const digest = request.url?.split('/blobs/')[1] ?? ''
    const bytes = registry.blobs.get(digest)
    if (request.method !== 'GET' || bytes === undefined || bytes.length < 1 << 20 || damaged.has(digest)) return false
    damaged.add(digest)
    const wrong = Buffer.from(bytes)
    wrong.fill(0, 3 << 20, (3 << 20) + 64)
    response.writeHead(200, { 'content-length': wrong.length }).end(wrong)
    return true
  })
  const { chain } = await pull()
  expect(damaged.size).toBe(2)
  await expectContents(chain)
})

test('a store without native unpacking still pulls, and only callers that need the tree fail', async () => {
  const refusing: typeof trees = {
    ...trees,
    unpackLayer: () => Promise.reject(new Error('no unpacking')),
    unpackGrowing: () => ({
      grow: () => {},
      finish: () => Promise.reject(new Error('no unpacking')),
      abandon: () => Promise.resolve(),
    }),
  }
  store = await temporaryStore(refusing)
  const { chain } = await pull()
  expect(await treesOnDisk()).toEqual([])
  await expect(store.layers.trees(chain)).rejects.toThrow('no unpacking')
})

function pull(): Promise<ImageRecord> {
  return pullImage({ store, client, reference, platform: LINUX })
}

async function expectContents(chain: ImageRecord['chain']): Promise<void> {
  const folders = [...(await store.layers.trees(chain))].reverse()
  for (const [position, files] of FILES.entries()) {
    for (const [name, bytes] of Object.entries(files)) {
      const found = await readFile(join(folders[position] ?? '', name))
      expect(found.equals(Buffer.from(bytes)), name).toBe(true)
    }
  }
}

async function treesOnDisk(): Promise<readonly string[]> {
  const names = await readdir(join(store.root, 'layers'), { recursive: true })
  return names.filter((name) => /^[^/]+\/[^/]*tree[^/]*$/.test(name))
}
