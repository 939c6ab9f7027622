import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { beforeEach, expect, test } from 'vitest'
import { parseReference } from '../../image-spec/index.ts'
import type { RegistryClient } from '../../registry/index.ts'
import { type FaultRegistry, startFaultRegistry } from '../support/fault-registry.ts'
import { anonymousClient, blobOf, collect } from './blob-samples.ts'

const TYPE = 'application/vnd.oci.image.manifest.v1+json'
const MANIFEST = Buffer.from(JSON.stringify({ schemaVersion: 2, config: blobOf(Buffer.from('{}')), layers: [] }))

let registry: FaultRegistry
let client: RegistryClient

beforeEach(async () => {
  registry = await startFaultRegistry()
  client = anonymousClient()
})

test.each(['gzip', 'x-gzip', 'GZIP'])(
  'a manifest compressed unasked as %s is the one its digest names',
  async (encoding) => {
    sending('/manifests/', gzipSync(MANIFEST), encoding)
    const { digest } = blobOf(MANIFEST)
    const { bytes, descriptor } = await client.fetchManifest({ ...app(), digest })
    expect(bytes).toEqual(MANIFEST)
    expect(descriptor).toEqual({ mediaType: TYPE, digest, size: MANIFEST.length })
    expect(await client.resolve(app())).toEqual(descriptor) // HEAD has the compressed size
  },
)

test('tokens and lists of tags are decompressed', async () => {
  sending('/token', gzipSync(JSON.stringify({ token: 'zipped' })))
  sending('/tags/list', gzipSync(JSON.stringify({ tags: ['a', 'b'] })))
  registry.faults.unshift((request, response) => {
    if (!request.url?.startsWith('/v2/') || request.headers.authorization === 'Bearer zipped') return false
    response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${registry.host}/token"` }).end()
    return true
  })
  expect(await client.listTags(app())).toEqual(['a', 'b'])
})

test('the limit of a manifest applies to its decompressed bytes', async () => {
  sending('/manifests/', gzipSync(Buffer.alloc(64 << 20)))
  await expect(client.fetchManifest(app())).rejects.toMatchObject({
    code: 'REGISTRY_BAD_RESPONSE',
    message: expect.stringContaining('it is larger than 4194304 bytes'),
  })
})

test.each([
  ['plain', MANIFEST],
  ['truncated', gzipSync(MANIFEST).subarray(0, 60)],
])('a %s body that claims to be gzip is reported as such', async (_, bytes) => {
  sending('/manifests/', bytes)
  await expect(client.fetchManifest(app())).rejects.toMatchObject({
    code: 'REGISTRY_BAD_RESPONSE',
    message: expect.stringContaining('its content encoding is gzip, but the body is not'),
  })
})

test('a blob is never decompressed', async () => {
  const blob = gzipSync('layer')
  sending('/blobs/', blob)
  expect(await collect(client.fetchBlob(app(), blobOf(blob)))).toEqual(blob)
})

function app() {
  return parseReference(`${registry.host}/app:v1`)
}

function sending(path: string, bytes: Buffer, encoding = 'gzip'): void {
  registry.faults.push((request, response: ServerResponse) => {
    if (!request.url?.includes(path)) return false
    const digest = path === '/manifests/' ? { 'docker-content-digest': blobOf(MANIFEST).digest } : {}
    response.writeHead(200, {
      'content-type': path === '/manifests/' ? TYPE : 'application/octet-stream',
      'content-encoding': encoding,
      'content-length': bytes.length,
      ...digest,
    })
    response.end(request.method === 'HEAD' ? undefined : bytes)
    return true
  })
}
