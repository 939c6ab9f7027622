import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { digestOf, MediaType, parseReference } from '../../image-spec/index.ts'
import { startFaultRegistry } from '../support/fault-registry.ts'
import { anonymousClient, blobOf, opener } from './blob-samples.ts'

test('sequential requests reuse their connection, also after HEAD', async () => {
  const registry = await startFaultRegistry()
  const client = anonymousClient()
  const ports = new Set<number | undefined>()
  registry.faults.push((request) => {
    ports.add(request.socket.remotePort)
    return false
  })
  const app = parseReference(`${registry.host}/app:v1`)
  for (const bytes of [randomBytes(1000), randomBytes(20 << 20)])
    await client.pushBlob(app, blobOf(bytes), { open: opener(bytes) })
  const config = blobOf(randomBytes(10))
  const manifest = Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: MediaType.ociManifest, config, layers: [] }),
  )
  await client.pushManifest(app, { mediaType: MediaType.ociManifest, bytes: manifest })
  expect((await client.resolve(app)).digest).toBe(digestOf(manifest))
  expect(ports.size).toBe(1)
})

test('a HEAD response with a body is tolerated', async () => {
  const registry = await startFaultRegistry()
  const client = anonymousClient({ retries: 3 })
  registry.faults.push((request, response) => {
    if (request.method !== 'HEAD') return false
    request.socket.write('HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nnot here\n')
    response.detachSocket(request.socket)
    return true
  })
  const bytes = randomBytes(1000)
  const app = parseReference(`${registry.host}/app`)
  expect(await client.pushBlob(app, blobOf(bytes), { open: opener(bytes) })).toBe('uploaded')
  expect(registry.blobs.has(digestOf(bytes))).toBe(true)
})

test('TLS is not tried again on a local port with plain HTTP', async () => {
  const registry = await startFaultRegistry()
  const starts: number[] = []
  const relay = createServer((socket) => {
    const onward = connect(Number(registry.host.split(':')[1]), '127.0.0.1')
    socket.once('data', (bytes) => starts.push(bytes[0] ?? 0))
    socket.on('error', () => onward.destroy()).pipe(onward)
    onward.on('error', () => socket.destroy()).pipe(socket)
  })
  await once(relay.listen(0, '127.0.0.1'), 'listening')
  const address = relay.address()
  const client = anonymousClient()
  try {
    if (typeof address !== 'object' || address === null) throw new Error('the relay has no port')
    const bytes = randomBytes(1000)
    await client.pushBlob(parseReference(`127.0.0.1:${address.port}/app`), blobOf(bytes), { open: opener(bytes) })
    expect(starts.filter((first) => first === TLS_HANDSHAKE)).toEqual([])
    expect(starts).not.toEqual([])
  } finally {
    relay.close()
  }
})

/** SPEC: RFC 8446 section 5.1 */
const TLS_HANDSHAKE = 22
