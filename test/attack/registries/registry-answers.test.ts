import { gzipSync } from 'node:zlib'
import { beforeEach, describe, expect, test } from 'vitest'
import { MediaType, parseReference } from '../../../image-spec/index.ts'
import type { RegistryClient } from '../../../registry/index.ts'
import { anonymousClient, blobOf, collect } from '../../registry/blob-samples.ts'
import { digest, type FaultRegistry, startFaultRegistry } from '../../support/fault-registry.ts'

let registry: FaultRegistry
let client: RegistryClient

beforeEach(async () => {
  registry = await startFaultRegistry()
  client = anonymousClient({ retries: 0 })
})

const config = { mediaType: MediaType.ociConfig, digest: digest(Buffer.from('{}')), size: 2 }
const plain = { schemaVersion: 2, config, layers: [] }
const list = { schemaVersion: 2, manifests: [] }

/** SECURITY: if two readers parsed a document as different kinds, one image could be checked and another one run. */
describe('ambiguous and broken manifests', () => {
  const faces: readonly (readonly [what: string, type: string, document: unknown, code: string])[] = [
    ['a manifest that is an index too', MediaType.ociManifest, { ...plain, ...list }, 'REGISTRY_BAD_RESPONSE'],
    ['an index that is a manifest too', MediaType.ociIndex, { ...list, ...plain }, 'REGISTRY_BAD_RESPONSE'],
    [
      'sent as an index, a manifest inside',
      MediaType.ociIndex,
      { ...plain, mediaType: MediaType.ociManifest },
      'REGISTRY_BAD_RESPONSE',
    ],
    [
      'sent as a manifest, an index inside',
      MediaType.dockerManifest,
      { ...list, mediaType: MediaType.dockerManifestList },
      'REGISTRY_BAD_RESPONSE',
    ],
    ['no kind at all', 'application/json', { schemaVersion: 2, mediaType: 'text/html' }, 'REGISTRY_BAD_RESPONSE'],
    [
      'schema 1',
      'application/vnd.docker.distribution.manifest.v1+prettyjws',
      { schemaVersion: 1, fsLayers: [] },
      'REGISTRY_UNSUPPORTED',
    ],
    ['schema 1 in new clothes', MediaType.ociManifest, { ...plain, fsLayers: [] }, 'REGISTRY_BAD_RESPONSE'],
    [
      'a layer of negative size',
      MediaType.ociManifest,
      { ...plain, layers: [{ ...config, size: -1 }] },
      'REGISTRY_BAD_RESPONSE',
    ],
    [
      'a digest that is a path',
      MediaType.ociManifest,
      { ...plain, config: { ...config, digest: '../../etc/passwd' } },
      'REGISTRY_BAD_RESPONSE',
    ],
    ['a list', MediaType.ociManifest, [plain], 'REGISTRY_BAD_RESPONSE'],
  ]
  for (const [what, type, document, code] of faces) {
    test(`${what} is refused`, async () => {
      registry.manifests.set('app:v1', { type, bytes: Buffer.from(JSON.stringify(document)) })
      await expect(client.fetchManifest(app())).rejects.toMatchObject({ code })
    })
  }
})

describe('responses that are too large', () => {
  test('a manifest above the limit is not read to its end', async () => {
    let sent = 0
    registry.faults.push((request, response) => {
      if (request.url?.includes('/manifests/') !== true) return false
      response.writeHead(200, { 'content-type': MediaType.ociManifest })
      const more = () => {
        while (!response.destroyed && response.write(' '.repeat(65_536))) sent += 65_536
        if (!response.destroyed) response.once('drain', more)
      }
      more()
      return true
    })
    await expect(client.fetchManifest(app())).rejects.toThrow('larger than 4194304 bytes')
    expect(sent).toBeLessThan(64 << 20)
  })

  test('a blob that is longer than its descriptor is refused', async () => {
    const blob = blobOf(Buffer.from('four'))
    registry.faults.push((request, response) => {
      if (request.url?.includes('/blobs/') !== true) return false
      response.writeHead(200).end('four and more')
      return true
    })
    await expect(collect(client.fetchBlob(app(), blob))).rejects.toThrow('more than 4 bytes')
  })

  test('a gzip bomb as an error body or manifest is never decompressed', async () => {
    const bomb = gzipSync(Buffer.alloc(64 << 20))
    registry.faults.push((request, response) => {
      if (request.url?.includes('/manifests/') !== true) return false
      response.writeHead(request.method === 'HEAD' ? 404 : 200, {
        'content-type': MediaType.ociManifest,
        'content-encoding': 'gzip',
      })
      response.end(request.method === 'HEAD' ? undefined : bomb)
      return true
    })
    const before = process.memoryUsage().rss
    await expect(client.resolve(app())).rejects.toMatchObject({ code: 'REGISTRY_BAD_RESPONSE' })
    expect(process.memoryUsage().rss - before).toBeLessThan(48 << 20)
  })

  test('an error body of megabytes becomes a short message without control characters', async () => {
    const body = JSON.stringify({ errors: [{ code: 'X', message: `\u001b[31m${'long '.repeat(1 << 18)}` }] })
    registry.faults.push((request, response) => {
      if (request.url?.includes('/manifests/') !== true) return false
      response.writeHead(400).end(body.slice(0, 60_000))
      return true
    })
    const failure = await client.fetchManifest(app()).catch((error) => error)
    expect(failure.message.length).toBeLessThan(5000)
    expect(failure.message).not.toContain('\u001b')
  })
})

function app() {
  return parseReference(`${registry.host}/app:v1`)
}
