import { beforeAll, beforeEach, expect, test } from 'vitest'
import { type Descriptor, digestOf, MediaType, parseReference } from '../../../image-spec/index.ts'
import { inspectRemote } from '../../../images/remote/inspect-remote.ts'
import { resolveRemote } from '../../../images/transfer/resolve-image.ts'
import { anonymousClient } from '../../registry/blob-samples.ts'
import { type FaultRegistry, startFaultRegistry } from '../../support/fault-registry.ts'
import { LINUX } from './image-samples.ts'

const client = anonymousClient()
let registry: FaultRegistry

beforeAll(async () => {
  registry = await startFaultRegistry()
})

beforeEach(() => {
  registry.blobs.clear()
  registry.manifests.clear()
})

function putBlob(mediaType: string, bytes: Buffer): Descriptor {
  registry.blobs.set(digestOf(bytes), bytes)
  return { mediaType, digest: digestOf(bytes), size: bytes.length }
}

function putManifest(document: object & { readonly mediaType: string }, tag = 'other'): Descriptor {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, ...document }))
  const digest = digestOf(bytes)
  for (const name of [`app:${tag}`, `app@${digest}`]) registry.manifests.set(name, { type: document.mediaType, bytes })
  return { mediaType: document.mediaType, digest, size: bytes.length }
}

function putImage(config: object, configType: string = MediaType.ociConfig): Descriptor {
  const descriptor = putBlob(configType, Buffer.from(JSON.stringify(config)))
  return putManifest({ mediaType: MediaType.ociManifest, ...{ config: descriptor, layers: [] } }, '1')
}

const IMAGE = { ...LINUX, rootfs: { type: 'layers', diff_ids: [] } }

function wanted() {
  return { reference: parseReference(`${registry.host}/app:1`), platform: LINUX }
}

test.each([
  ['with', LINUX],
  ['without', undefined],
])('the image of an index in an index is found, %s a platform at the outer entry', async (_, platform) => {
  const image = putImage(IMAGE)
  const inner = putManifest({ mediaType: MediaType.ociIndex, ...{ manifests: [{ ...image, platform: LINUX }] } })
  putManifest({ mediaType: MediaType.ociIndex, ...{ manifests: [{ ...inner, platform }] } }, '1')
  expect((await resolveRemote(client, wanted())).config).toMatchObject(LINUX)
  const described = await inspectRemote(client, { ...wanted(), isRequired: true })
  expect(described.manifest?.descriptor.digest).toBe(image.digest)
})

test('the nesting of indexes is limited', async () => {
  let entry = putImage(IMAGE)
  for (let depth = 0; depth < 10; depth += 1)
    entry = putManifest({ mediaType: MediaType.ociIndex, ...{ manifests: [entry] } }, '1')
  await expect(resolveRemote(client, wanted())).rejects.toMatchObject({
    code: 'REGISTRY_BAD_RESPONSE',
    message: `Cannot pull "${registry.host}/app:1": its indexes are nested more than 4 deep`,
  })
})

test('an artifact is reported as such, and not as a broken configuration', async () => {
  putImage({ name: 'chart' }, 'application/vnd.cncf.helm.config.v1+json')
  await expect(resolveRemote(client, wanted())).rejects.toMatchObject({
    code: 'REGISTRY_UNSUPPORTED',
    message: `Cannot pull "${registry.host}/app:1": it is an artifact of type "application/vnd.cncf.helm.config.v1+json" (expected an image)`,
  })
})

test('a broken configuration is reported with the name of its image', async () => {
  putImage({ os: 'linux' })
  await expect(resolveRemote(client, wanted())).rejects.toMatchObject({
    code: 'REGISTRY_BAD_RESPONSE',
    message: expect.stringMatching(/^Cannot pull "127.*app:1": Cannot read image configuration\.rootfs/),
  })
})

test('an empty index has no platform to choose', async () => {
  putManifest({ mediaType: MediaType.ociIndex, ...{ manifests: [] } }, '1')
  await expect(resolveRemote(client, wanted())).rejects.toMatchObject({ code: 'REGISTRY_NO_PLATFORM', hint: undefined })
})
