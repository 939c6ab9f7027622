import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import type { ImageReference } from '../../../image-spec/index.ts'
import { parseReference } from '../../../image-spec/index.ts'
import type { RegistryClient } from '../../../registry/index.ts'
import { NO_SETTINGS } from '../../../registry/settings/registry-settings.ts'
import { startFaultRegistry } from '../../support/fault-registry.ts'
import { anonymousClient, blobOf, collect, opener } from '../blob-samples.ts'

const timeouts = { responseMs: 400, uploadMs: 1500, idleMs: 400 }
let server: Server
let client: RegistryClient
let asked = 0

afterEach(async () => {
  server.closeAllConnections()
  server.close()
})

/** Handles the initial probe of the host; the listener gets everything else. */
async function serve(listener: RequestListener): Promise<ImageReference> {
  asked = 0
  server = createServer((request, response) => {
    if (request.url === '/v2/') return void response.end('{}')
    asked += 1
    return listener(request, response)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  client = anonymousClient({ timeouts, retries: 5 })
  return parseReference(`127.0.0.1:${(server.address() as AddressInfo).port}/app:1`)
}

test('a manifest whose bytes never arrive is requested at most twice', async () => {
  const reference = await serve((_, response) => response.writeHead(200, { 'content-length': 1_000_000 }).write('{'))
  await expect(client.fetchManifest(reference)).rejects.toThrow(/the transfer stalled/)
  expect(asked).toBe(2)
})

test('a registry that closes every connection before it responds is given up after two retries', async () => {
  const reference = await serve((request) => request.socket.destroy())
  await expect(client.fetchManifest(reference)).rejects.toThrow(/the connection was closed|was reset/)
  expect(asked).toBe(3)
})

test('a mirror that does not respond is waited for once, and not again for the next requests', async () => {
  const mirror = await serve(() => {})
  const registry = await startFaultRegistry()
  const bytes = Buffer.from('blob')
  registry.blobs.set(blobOf(bytes).digest, bytes)
  registry.manifests.set('app:1', {
    type: 'application/vnd.oci.image.manifest.v1+json',
    bytes: Buffer.from(JSON.stringify({ schemaVersion: 2, config: blobOf(bytes), layers: [] })),
  })
  const rules = [{ prefix: registry.host, mirrors: [{ location: mirror.host }] }]
  client = anonymousClient({ timeouts, retries: 5, settings: { ...NO_SETTINGS, rules } })
  const reference = parseReference(`${registry.host}/app:1`)
  await client.fetchManifest(reference)
  const waited = asked
  expect(waited).toBeGreaterThan(0)
  await client.fetchManifest(reference)
  expect(await collect(client.fetchBlob(reference, blobOf(bytes)))).toEqual(bytes)
  expect(asked).toBe(waited)
})

test('a manifest that trickles in byte by byte times out', async () => {
  const reference = await serve((_, response) => {
    response.writeHead(200, { 'content-length': 1_000_000 })
    const timer = setInterval(() => response.write(' '), 50)
    response.on('close', () => clearInterval(timer))
  })
  await expect(client.fetchManifest(reference)).rejects.toThrow(/the transfer stalled/)
})

test('endless interim responses time out', async () => {
  const reference = await serve((_, response) => {
    const timer = setInterval(() => response.writeEarlyHints({ link: '</x>; rel=preload' }), 50)
    response.on('close', () => clearInterval(timer))
  })
  await expect(client.listTags(reference)).rejects.toThrow(/no response in time/)
  expect(asked).toBe(1)
})

test('an endless error body does not delay the next attempt', async () => {
  const reference = await serve((_, response) => {
    if (asked === 1) response.writeHead(503, { 'content-length': 1000 }).write('{')
    else response.end('{"tags":["a"]}')
  })
  expect(await client.listTags(reference)).toEqual(['a'])
})

test.each([
  ['accepts chunks and keeps a part of the first', 202, '0-5'],
  ['is always out of step', 416, '0-0'],
])('an upload to a registry that %s ends', async (_, status, range) => {
  const reference = await serve((request, response) => {
    request.resume().on('end', () => {
      const headers = { location: '/v2/app/blobs/uploads/1', range }
      if (request.method === 'HEAD') response.writeHead(404).end()
      else if (request.method === 'PATCH') response.writeHead(status, headers).end()
      else response.writeHead(request.method === 'GET' ? 204 : 202, headers).end()
    })
  })
  const bytes = Buffer.alloc(9 << 20)
  await expect(client.pushBlob(reference, blobOf(bytes), { open: opener(bytes) })).rejects.toThrow(
    /the registry accepted bytes, but still has \d/,
  )
})

test.each([
  ['a chunk', 'PATCH', 9 << 20],
  ['a small blob', 'PUT', 1000],
])('an upload to a registry that never answers %s ends after two tries', async (_, method, sizeBytes) => {
  let tries = 0
  const reference = await serve((request, response) => {
    if (request.method === method) tries += 1
    const headers = { location: '/v2/app/blobs/uploads/1' }
    request.resume().on('end', () => {
      if (request.method === 'HEAD') response.writeHead(404).end()
      else if (request.method !== method) response.writeHead(request.method === 'GET' ? 204 : 202, headers).end()
    })
  })
  const bytes = Buffer.alloc(sizeBytes)
  await expect(client.pushBlob(reference, blobOf(bytes), { open: opener(bytes) })).rejects.toThrow(
    /no response in time/,
  )
  expect(tries).toBe(2)
})

test('an upload does not time out while its source is slow, or while the registry moves it into place', async () => {
  const reference = await serve((request, response) => {
    const headers = { location: '/v2/app/blobs/uploads/1' }
    request.resume().on('end', async () => {
      if (request.method === 'PUT') await setTimeout(1000)
      response.writeHead({ HEAD: 404, PUT: 201 }[request.method ?? ''] ?? 202, headers).end()
    })
  })
  const bytes = Buffer.alloc(9 << 20)
  const open = async function* (offset: number) {
    await setTimeout(1000)
    yield bytes.subarray(offset)
  }
  expect(await client.pushBlob(reference, blobOf(bytes), { open })).toBe('uploaded')
})

test('a blob that never arrives is requested twice', async () => {
  const reference = await serve(() => {})
  await expect(collect(client.fetchBlob(reference, blobOf(Buffer.from('content'))))).rejects.toThrow(
    /no response in time/,
  )
  expect(asked).toBe(2)
})
