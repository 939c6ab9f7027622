import { beforeEach, expect, test } from 'vitest'
import { type ImageReference, parseReference } from '../../../image-spec/index.ts'
import { platformImageOf } from '../../../images/documents/prepare-image.ts'
import { createBaseImages } from '../../../images/transfer/open-base-images.ts'
import { pullImage } from '../../../images/transfer/pull-image.ts'
import { pushImage } from '../../../images/transfer/push-image.ts'
import type { ImageRecord, LayerStore } from '../../../layer-store/index.ts'
import type { RegistryClient } from '../../../registry/index.ts'
import { temporaryStore } from '../../layer-store/temporary-store.ts'
import { anonymousClient } from '../../registry/blob-samples.ts'
import { answering, type FaultRegistry, startFaultRegistry } from '../../support/fault-registry.ts'
import { LINUX, makeImage } from './image-samples.ts'

let registry: FaultRegistry
let client: RegistryClient
let reference: ImageReference
let store: LayerStore
let image: ImageRecord

/** A store that has pulled the image. */
beforeEach(async () => {
  registry = await startFaultRegistry()
  client = anonymousClient()
  reference = parseReference(`${registry.host}/app:v1`)
  image = await publish('first')
  store = await temporaryStore()
  await pull()
})

async function publish(content: string): Promise<ImageRecord> {
  const source = await temporaryStore()
  const made = await makeImage(source, 'local/app:v1', [{ file: content }])
  await pushImage({ store: source, client, reference, images: [platformImageOf(made)] })
  return made
}

const pull = (from = reference) => pullImage({ store, client, reference: from, platform: LINUX })

async function requestsOf(work: () => Promise<unknown>): Promise<readonly string[]> {
  registry.requests.length = 0
  await work()
  return registry.requests.flatMap(({ method, url }) => {
    const kind = /\/(manifests|blobs)\//.exec(url)?.[1]
    return kind === undefined ? [] : [`${method} ${kind}`]
  })
}

test('an unchanged image is not pulled again, and HEAD does not count as a pull', async () => {
  expect(await requestsOf(pull)).toEqual(['HEAD manifests'])
  const bases = createBaseImages({ store, registry: async () => client })
  const resolve = () =>
    bases.resolve(
      { reference: `${registry.host}/app:v1`, platform: LINUX, pull: 'always' },
      new AbortController().signal,
    )
  expect(await requestsOf(resolve)).toEqual(['HEAD manifests'])
})

test('a tag that was removed or moved locally is restored', async () => {
  await store.images.untag(`${registry.host}/app:v1`)
  expect((await pull()).tags).toEqual([`${registry.host}/app:v1`])
})

test('an image that is stored under its digest needs no request', async () => {
  const [name = ''] = (await store.images.get(image.id)).repositoryDigests
  expect(await requestsOf(() => pull(parseReference(name)))).toEqual([])
})

test('a changed image is pulled', async () => {
  const second = await publish('second')
  expect(await requestsOf(pull)).toEqual(['HEAD manifests', 'GET manifests', 'GET blobs', 'GET blobs'])
  expect((await store.images.findAllByReference(`${registry.host}/app:v1`)).map(({ id }) => id)).toEqual([second.id])
})

test('another platform is requested', async () => {
  const other = pullImage({ store, client, reference, platform: { os: 'linux', architecture: 's390x' } })
  await other.catch(() => {})
  expect(registry.requests.some(({ method, url }) => method === 'GET' && url.includes('/manifests/'))).toBe(true)
})

test('content missing from the store is fetched again', async () => {
  for await (const digest of store.blobs.list()) {
    if (digest !== image.id) await store.blobs.delete(digest)
  }
  expect(await requestsOf(pull)).toContain('GET blobs')
})

test('an empty store requests the manifest immediately', async () => {
  store = await temporaryStore()
  expect(await requestsOf(pull)).not.toContain('HEAD manifests')
})

test('an exhausted pull limit is reported immediately, with its numbers', async () => {
  const headers = { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '0;w=21600' }
  const body = '{"errors":[{"code":"TOOMANYREQUESTS","message":"You have reached your pull rate limit"}]}'
  registry.faults.push(
    answering(-1, (request) => request.url?.includes('/manifests/') === true, 429, { headers, body }),
  )
  registry.requests.length = 0
  await expect(pull()).rejects.toMatchObject({
    code: 'REGISTRY_TOO_MANY_REQUESTS',
    message: expect.stringContaining('You have reached your pull rate limit'),
    hint: expect.stringContaining('(limit 100 in 6 h, remaining 0)'),
  })
  expect(registry.requests.filter(({ url }) => url.includes('/manifests/'))).toHaveLength(2) // a HEAD response has no body
})
