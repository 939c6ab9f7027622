import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { ImageReference } from '../../../image-spec/index.ts'
import { parseReference } from '../../../image-spec/index.ts'
import type { RegistryClient } from '../../../registry/index.ts'
import { anonymousClient, blobOf, opener } from '../blob-samples.ts'

const patience = { answerMs: 400, uploadMs: 400, idleMs: 400 }
let server: Server
let client: RegistryClient
let asked = 0

afterEach(async () => {
  await client.close()
  server.closeAllConnections()
  server.close()
})

/** Answers the trial of the host; all else is the listener's. */
async function serve(listener: RequestListener): Promise<ImageReference> {
  asked = 0
  server = createServer((request, response) => {
    if (request.url === '/v2/') return void response.end('{}')
    asked += 1
    return listener(request, response)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  client = anonymousClient({ patience, retries: 5 })
  return parseReference(`127.0.0.1:${(server.address() as AddressInfo).port}/app:1`)
}

test('a manifest whose bytes never come is asked for twice at most', async () => {
  const reference = await serve((_, response) => response.writeHead(200, { 'content-length': 1_000_000 }).write('{'))
  await expect(client.fetchManifest(reference)).rejects.toThrow(/the transfer stood still/)
  expect(asked).toBe(2)
})

test('a manifest of which a byte comes now and then is not waited for', async () => {
  const reference = await serve((_, response) => {
    response.writeHead(200, { 'content-length': 1_000_000 })
    const timer = setInterval(() => response.write(' '), 50)
    response.on('close', () => clearInterval(timer))
  })
  await expect(client.fetchManifest(reference)).rejects.toThrow(/the transfer stood still/)
})

test('interim answers for ever are no answer', async () => {
  const reference = await serve((_, response) => {
    const timer = setInterval(() => response.writeEarlyHints({ link: '</x>; rel=preload' }), 50)
    response.on('close', () => clearInterval(timer))
  })
  await expect(client.listTags(reference)).rejects.toThrow(/no answer in time/)
  expect(asked).toBe(1)
})

test('the body of a failure that never ends does not delay the next try', async () => {
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
    /the registry accepts bytes and has \d as before/,
  )
})
