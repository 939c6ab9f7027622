import { randomBytes } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { digestOf, parseReference } from '../../image-spec/index.ts'
import type { RegistryClient } from '../../registry/index.ts'
import { type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy.ts'
import { type RunningRegistry, startRegistry } from '../support/start-registry.ts'
import { anonymousClient, blobOf, collect, opener } from './blob-samples.ts'

const bytes = randomBytes(48 << 20)
let registry: RunningRegistry
let proxy: CuttingProxy
let client: RegistryClient

beforeAll(async () => {
  registry = await startRegistry()
  proxy = await startCuttingProxy(registry.host)
  client = anonymousClient({ splitAfterMs: 3_600_000 }) // else a busy machine downloads in ranges
})

test('an upload to a real registry survives cut connections', async () => {
  proxy.cutsAfterSent.push(5 << 20, 10 << 20)
  const reference = parseReference(`${proxy.host}/cut/app`)
  expect(await client.pushBlob(reference, blobOf(bytes), { open: opener(bytes) })).toBe('uploaded')
  expect(proxy.cutsAfterSent).toEqual([])
  expect(await client.hasBlob(reference, blobOf(bytes).digest)).toBe(true)
})

test('an upload succeeds although no connection may send more than 20 MB', async () => {
  const tooMany = Array.from({ length: 50 }, () => 20_000_000)
  proxy.cutsAfterSent.push(...tooMany)
  const large = randomBytes(60 << 20)
  const reference = parseReference(`${proxy.host}/cut/limited`)
  expect(await client.pushBlob(reference, blobOf(large), { open: opener(large) })).toBe('uploaded')
  proxy.cutsAfterSent.length = 0
  expect(await client.hasBlob(reference, blobOf(large).digest)).toBe(true)
})

test('a download from a real registry survives cut connections', async () => {
  proxy.cutsAfterReceived.push(5 << 20, 20 << 20)
  const reference = parseReference(`${proxy.host}/cut/app`)
  expect(digestOf(await collect(client.fetchBlob(reference, blobOf(bytes))))).toBe(blobOf(bytes).digest)
  expect(proxy.cutsAfterReceived).toEqual([])
})
