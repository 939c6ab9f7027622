import { randomBytes } from 'node:crypto'
import { beforeEach, expect, test } from 'vitest'
import { parseReference } from '../../image-spec/index.ts'
import type { RegistryClient } from '../../registry/index.ts'
import { answering, type FaultRegistry, startFaultRegistry } from '../support/fault-registry.ts'
import { anonymousClient, blobOf, opener } from './blob-samples.ts'

const bytes = randomBytes(50 << 20)
let registry: FaultRegistry
let client: RegistryClient

beforeEach(async () => {
  registry = await startFaultRegistry()
  client = anonymousClient({ retries: 0 })
})

async function* growing(seen: number[] = []) {
  for (const sizeBytes of [0, 1 << 20, 20 << 20, 20 << 20, 40 << 20]) {
    yield { sizeBytes }
    seen.push(registry.requests.filter(({ method }) => method === 'PATCH').length)
  }
  yield { sizeBytes: bytes.length, final: blobOf(bytes) }
}

const app = () => parseReference(`${registry.host}/app`)

test('pushGrowing() uploads available bytes before the digest is known', async () => {
  const seen: number[] = []
  expect(await client.pushGrowing(app(), { growth: growing(seen), open: opener(bytes) })).toBe(true)
  expect(seen).toEqual([0, 0, 1, 1, 2])
  expect(registry.blobs.get(blobOf(bytes).digest)?.equals(bytes)).toBe(true)
  expect(registry.requests.map(({ method }) => method)).not.toContain('HEAD')
})

test.each(['POST', 'PATCH', 'PUT'])(
  'pushGrowing() returns false if %s fails, and nothing is published',
  async (method) => {
    registry.faults.push(answering(-1, (request) => request.method === method, 500))
    expect(await client.pushGrowing(app(), { growth: growing(), open: opener(bytes) })).toBe(false)
    expect(registry.blobs.size).toBe(0)
  },
)

test('pushGrowing() leaves small blobs to pushBlob()', async () => {
  const small = bytes.subarray(0, 1000)
  const growth = (async function* () {
    yield { sizeBytes: small.length, final: blobOf(small) }
  })()
  expect(await client.pushGrowing(app(), { growth, open: opener(small) })).toBe(false)
  expect(registry.requests.filter(({ method }) => method === 'POST')).toEqual([])
})
