import { randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ghaBackend } from '../../../images/remote-cache/gha-backend.ts'
import { s3Backend } from '../../../images/remote-cache/s3-backend.ts'
import { createServerClient, type ServerClient } from '../../../registry/index.ts'
import { blobOf, collect } from '../../registry/blob-samples.ts'

const bytes = randomBytes(1 << 20)
const blob = blobOf(bytes)
const credentials = { accessKeyId: 'AKID', secretAccessKey: 'KEY' }
let server: Server
let client: ServerClient
let ranges: (string | undefined)[]
/** Number of bytes after which each response breaks. */
let cuts: number[]

beforeEach(async () => {
  ranges = []
  cuts = []
  server = createServer((request, response) => {
    request.resume()
    if (request.method === 'POST') {
      response.end(JSON.stringify({ ok: true, signed_download_url: `${origin()}/blob` }))
      return
    }
    const { range } = request.headers
    ranges.push(range)
    const rest = bytes.subarray(Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0))
    const cut = cuts.shift()
    response.writeHead(range === undefined ? 200 : 206, { 'content-length': rest.length })
    if (cut === undefined) response.end(rest)
    else response.write(rest.subarray(0, cut), () => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  client = createServerClient({ env: {}, retryDelayMs: 1 })
})

afterEach(async () => {
  await client.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

function origin(): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function backendOf(type: string) {
  if (type === 'gha') return ghaBackend({ type, url: origin(), scope: 'main', token: 'TOKEN' }, client)
  const prefixes = { prefix: '', blobsPrefix: 'blobs/', manifestsPrefix: 'manifests/', names: ['c'] } as const
  const place = {
    type: 's3',
    bucket: 'b',
    region: 'r',
    endpoint: origin(),
    pathStyle: true,
    touchRefreshMs: 0,
  } as const
  return s3Backend({ ...place, ...prefixes }, client, credentials)
}

test.each(['s3', 'gha'])('%s: a blob whose connection breaks is continued where it broke', async (type) => {
  cuts = [300_000, 100_000]
  const fetched = backendOf(type).fetchBlob(blob, { offset: 0, signal: undefined })
  expect(bytes.equals(await collect(fetched))).toBe(true)
  expect(ranges[0]).toBeUndefined()
  expect(ranges).toHaveLength(3)
})

test.each(['s3', 'gha'])('%s: a server that always breaks is given up', async (type) => {
  cuts = Array.from({ length: 100 }, () => 1000)
  const fetched = backendOf(type).fetchBlob(blob, { offset: 0, signal: undefined })
  await expect(collect(fetched)).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' })
})
