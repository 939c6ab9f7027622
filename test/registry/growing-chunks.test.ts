import { randomBytes } from 'node:crypto'
import { beforeEach, expect, test } from 'vitest'
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

/** The sizes of the sent chunks, in MiB. */
async function push(content = bytes): Promise<readonly number[]> {
  await client.pushBlob(parseReference(`${registry.host}/app`), blobOf(content), { open: opener(content) })
  expect(registry.blobs.get(blobOf(content).digest)?.equals(content)).toBe(true)
  return sizesOf(registry)
}

function sizesOf({ requests }: FaultRegistry): readonly number[] {
  const chunks = requests.filter(({ method }) => method === 'PATCH')
  return chunks.map(({ headers }) => Number(headers['content-length']) / MIB)
}

test('chunks grow on a fast connection', async () => {
  const sizes = await push()
  expect(sizes.slice(0, 2)).toEqual([16, 32])
  expect(Math.max(...sizes)).toBeLessThanOrEqual(64)
})

/** A proxy that refuses bodies above a limit. */
const refusing = (limit: number) => answering(-1, ({ headers }) => Number(headers['content-length']) > limit, 413)

test('after a proxy has refused a large chunk, no chunk exceeds the initial size', async () => {
  registry.faults.push(refusing(20 * MIB))
  expect(await push()).toEqual([16, 32, 16, 16, 16, 16, 16, 4])
})

test('chunks shrink until a proxy accepts them', async () => {
  registry.faults.push(refusing(5 * MIB))
  expect(await push(bytes.subarray(0, 18 * MIB))).toEqual([16, 8, 4, 4, 4, 4, 2])
})

test("a blob that is too large for a proxy's default limit is sent in chunks", async () => {
  registry.faults.push(refusing(MIB))
  expect(await push(bytes.subarray(0, 3 * MIB))).toEqual([1.5, 1, 1, 1])
})

test('a refused chunk of the smallest size is an error', async () => {
  registry.faults.push(answering(-1, ({ method }) => method === 'PATCH', 413))
  await expect(push()).rejects.toMatchObject({ hint: expect.stringContaining('client_max_body_size') })
  expect(Math.min(...sizesOf(registry))).toBe(1)
})

test('a blob that the registry itself refuses as too large is reported as such', async () => {
  registry.faults.push(
    answering(-1, ({ method }) => method === 'PUT', 413),
    answering(-1, ({ method }) => method === 'PATCH', 404),
  )
  await expect(push(bytes.subarray(0, 3 * MIB))).rejects.toMatchObject({ status: 413 })
})
