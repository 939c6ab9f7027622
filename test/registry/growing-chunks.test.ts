import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parseReference } from '../../image-spec/index.ts'
import type { RegistryClient } from '../../registry/index.ts'
import { answering, type FaultRegistry, startFaultRegistry } from '../support/fault-registry.ts'
import { anonymousClient, blobOf, opener } from './blob-samples.ts'

const MIB = 1 << 20
const bytes = randomBytes(100 * MIB)
let registry: FaultRegistry
let client: RegistryClient

beforeEach(async () => {
  registry = await startFaultRegistry()
  client = anonymousClient()
})

afterEach(async () => {
  await client.close()
  await registry.stop()
})

/** The sizes of the sent chunks, in MiB. */
async function push(): Promise<readonly number[]> {
  await client.pushBlob(parseReference(`${registry.host}/app`), blobOf(bytes), { open: opener(bytes) })
  expect(registry.blobs.get(blobOf(bytes).digest)?.equals(bytes)).toBe(true)
  const chunks = registry.requests.filter(({ method }) => method === 'PATCH')
  return chunks.map(({ headers }) => Number(headers['content-length']) / MIB)
}

test('chunks grow on a fast connection', async () => {
  const sizes = await push()
  expect(sizes.slice(0, 2)).toEqual([16, 32])
  expect(Math.max(...sizes)).toBeLessThanOrEqual(64)
})

test('after a proxy has refused a large chunk, no chunk exceeds the initial size', async () => {
  const isLarge = (request: { headers: { 'content-length'?: string | undefined } }) =>
    Number(request.headers['content-length']) > 20 * MIB
  registry.faults.push(answering(-1, isLarge, 413))
  expect(await push()).toEqual([16, 32, 16, 16, 16, 16, 16, 4])
})

test('a refused chunk of the initial size is an error', async () => {
  registry.faults.push(answering(-1, ({ method }) => method === 'PATCH', 413))
  await expect(push()).rejects.toMatchObject({ hint: expect.stringContaining('client_max_body_size') })
})
