import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { digestOf, hexOf, MediaType, parseReference } from '../../image-spec/index.ts'
import { signImage } from '../../signing/index.ts'
import { anonymousClient, blobOf } from '../registry/blob-samples.ts'
import { startFaultRegistry } from '../support/fault-registry.ts'

test('a signature is added again after another signer, who did not see it, has replaced the tag', async () => {
  const registry = await startFaultRegistry()
  const client = anonymousClient()
  const config = blobOf(Buffer.from('{}'))
  const document = (layers: readonly object[]) => {
    const manifest = { schemaVersion: 2, mediaType: MediaType.ociManifest, config, layers }
    return { type: MediaType.ociManifest, bytes: Buffer.from(JSON.stringify(manifest)) }
  }
  const image = document([])
  registry.manifests.set('app:1', image)
  const tag = `app:sha256-${hexOf(digestOf(image.bytes))}.sig`
  const theirs = {
    ...blobOf(Buffer.from('payload')),
    annotations: { 'dev.cosignproject.cosign/signature': 'theirs' },
  }
  let writes = 0
  registry.faults.push(({ method, url }) => {
    if (method !== 'PUT' || url?.endsWith('.sig') !== true) return false
    writes += 1
    if (writes === 1) setTimeout(() => registry.manifests.set(tag, document([theirs])), 50)
    return false
  })
  const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const reference = parseReference(`${registry.host}/app:1`)
  await signImage({ client, reference, key, annotations: {}, format: 'tag' })
  const { layers } = JSON.parse(String(registry.manifests.get(tag)?.bytes))
  expect(layers).toHaveLength(2)
  expect(layers[0]).toMatchObject(theirs)
})
