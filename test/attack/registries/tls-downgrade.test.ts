import { beforeAll, beforeEach, expect, test } from 'vitest'
import { MediaType, parseReference } from '../../../image-spec/index.ts'
import type { RegistryClient } from '../../../registry/index.ts'
import { anonymousClient, blobOf, collect, opener } from '../../registry/blob-samples.ts'
import { type Certificates, makeCertificates } from '../../registry/certificates.ts'
import { type FaultRegistry, startFaultRegistry } from '../../support/fault-registry.ts'

const bytes = Buffer.from('content')
let certificates: Certificates
let registry: FaultRegistry
let client: RegistryClient

beforeAll(() => {
  certificates = makeCertificates()
})

beforeEach(async () => {
  const { certificate, key, read } = certificates
  registry = await startFaultRegistry({ cert: read(certificate), key: read(key) })
  client = anonymousClient({ retries: 0 })
})

/** SECURITY: an attacker who can answer once must not be able to move the rest of the traffic to plain HTTP. */
test('a redirect from https to http is not followed', async () => {
  const plain = await startFaultRegistry()
  plain.blobs.set(blobOf(bytes).digest, bytes)
  registry.faults.push((request, response) => {
    if (request.url?.includes('/blobs/') !== true) return false
    response.writeHead(307, { location: `http://${plain.host}${request.url}` }).end()
    return true
  })
  await expect(collect(client.fetchBlob(app(), blobOf(bytes)))).rejects.toMatchObject({
    code: 'REGISTRY_BAD_RESPONSE',
    message: expect.stringContaining(
      `Cannot follow registry "${registry.host}": it redirects from https to http://${plain.host}`,
    ),
  })
  expect(plain.requests).toEqual([])
})

test('an upload location that a proxy changed to http is used with https', async () => {
  registry.faults.push((request, response) => {
    if (request.method !== 'POST') return false
    response.writeHead(202, { location: `http://127.0.0.1${request.url}session` }).end()
    return true
  })
  registry.faults.push((request, response) => {
    if (request.method !== 'PUT') return false
    request.resume()
    request.on('end', () => response.writeHead(201).end())
    return true
  })
  expect(await client.pushBlob(app(), blobOf(bytes), { open: opener(bytes) })).toBe('uploaded')
  expect(registry.requests.filter(({ method }) => method === 'PUT')).toHaveLength(1)
})

test('a manifest that does not match the digest in its header is refused', async () => {
  const manifest = { schemaVersion: 2, config: blobOf(bytes), layers: [] }
  registry.manifests.set('app:v1', { type: MediaType.ociManifest, bytes: Buffer.from(JSON.stringify(manifest)) })
  registry.faults.push((request, response) => {
    if (request.url?.includes('/manifests/') !== true) return false
    response.writeHead(200, { 'content-type': MediaType.ociManifest, 'docker-content-digest': blobOf(bytes).digest })
    response.end(JSON.stringify(manifest))
    return true
  })
  await expect(client.fetchManifest(app())).rejects.toMatchObject({ code: 'REGISTRY_DIGEST_MISMATCH' })
})

function app() {
  return parseReference(`${registry.host}/app:v1`)
}
