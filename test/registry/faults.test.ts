import { randomBytes } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import { parseReference } from '../../image-spec/index.ts'
import type { RegistryClient } from '../../registry/index.ts'
import { NO_SETTINGS } from '../../registry/settings/registry-settings.ts'
import { answering, cuttingBlobs, type FaultRegistry, startFaultRegistry } from '../support/fault-registry.ts'
import { removeAfterTest } from '../support/removed-afterwards.ts'
import { anonymousClient, blobOf, collect, opener } from './blob-samples.ts'

let registry: FaultRegistry
let client: RegistryClient

beforeEach(async () => {
  registry = await startFaultRegistry()
  client = anonymousClient()
})

describe('pull', () => {
  test('a connection that drops three times resumes where it stopped', async () => {
    const bytes = randomBytes(1 << 20)
    registry.blobs.set(blobOf(bytes).digest, bytes)
    registry.faults.push(cuttingBlobs(registry, 3, 300_000))
    expect((await collect(client.fetchBlob(app(), blobOf(bytes)))).equals(bytes)).toBe(true)
    const ranges = registry.requests.filter(({ url }) => url.includes('/blobs/')).map(({ headers }) => headers.range)
    expect(ranges).toHaveLength(4)
    expect(ranges[0]).toBeUndefined()
    for (const range of ranges.slice(1)) expect(range).toMatch(/^bytes=[1-9]\d*-1048575$/)
  })

  test('a registry that ignores Range is read from the start, and the caller gets each byte once', async () => {
    const bytes = randomBytes(400_000)
    registry.blobs.set(blobOf(bytes).digest, bytes)
    registry.faults.push((request, response) => {
      if (!request.url?.includes('/blobs/') || request.headers.range === undefined) return false
      response.writeHead(200, { 'content-length': bytes.length }).end(bytes)
      return true
    })
    registry.faults.unshift(cuttingBlobs(registry, 1, 100_000))
    expect((await collect(client.fetchBlob(app(), blobOf(bytes)))).equals(bytes)).toBe(true)
  })

  const unanswered: readonly (readonly [string, number, Readonly<Record<string, string>>])[] = [
    ['416', 416, {}],
    ['400', 400, {}],
    ['206 without a range', 206, {}],
    ['another range', 206, { 'content-range': 'bytes 65536-99999/100000' }],
    ['multipart', 206, { 'content-type': 'multipart/byteranges; boundary=x' }],
  ]
  test.each(unanswered)(
    'a range that is answered by %s is replaced by a read from the start',
    async (_, status, head) => {
      const bytes = randomBytes(100_000)
      registry.blobs.set(blobOf(bytes).digest, bytes)
      registry.faults.push((request, response) => {
        if (request.headers.range === undefined) return false
        response.writeHead(status, head).end('another part')
        return true
      })
      registry.faults.push(cuttingBlobs(registry, 1, 30_000))
      expect((await collect(client.fetchBlob(app(), blobOf(bytes)))).equals(bytes)).toBe(true)
      const rest = client.fetchBlob(app(), blobOf(bytes), { offset: 60_000 })
      expect((await collect(rest)).equals(bytes.subarray(60_000))).toBe(true)
    },
  )

  test('a range for the whole blob is accepted without being requested', async () => {
    const bytes = randomBytes(1000)
    registry.faults.push(({ url }, response) => {
      if (!url?.includes('/blobs/')) return false
      response.writeHead(206, { 'content-range': 'Bytes 0-999/1000' }).end(bytes)
      return true
    })
    expect((await collect(client.fetchBlob(app(), blobOf(bytes)))).equals(bytes)).toBe(true)
  })

  test('a request that fails twice is sent a third time', async () => {
    const bytes = Buffer.from('content')
    registry.blobs.set(blobOf(bytes).digest, bytes)
    registry.faults.push(answering(2, ({ url }) => url?.includes('/blobs/') === true, 500))
    expect((await collect(client.fetchBlob(app(), blobOf(bytes)))).toString()).toBe('content')
  })

  test('a redirect to an unreachable server is reported at once, with both names', async () => {
    const isBlob = ({ url }: { url?: string | undefined }) => url?.includes('/blobs/') === true
    const location = 'http://127.0.0.1:1/storage?signature=secret'
    registry.faults.push(answering(-1, isBlob, 307, { headers: { location } }))
    await expect(collect(client.fetchBlob(app(), blobOf(Buffer.from('x'))))).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
      message: expect.stringContaining(
        `Cannot reach server "127.0.0.1:1", to which "${registry.host}" redirects: connection refused`,
      ),
      hint: 'Check that this machine can reach 127.0.0.1:1, or set HTTPS_PROXY',
    })
    expect(registry.requests.filter(isBlob)).toHaveLength(1)
  })

  test('a registry that keeps failing is REGISTRY_UNAVAILABLE with its own message', async () => {
    const body = JSON.stringify({ errors: [{ code: 'UNKNOWN', message: 'the disk is gone' }] })
    registry.faults.push(answering(-1, ({ url }) => url?.includes('/blobs/') === true, 503, { body }))
    await expect(collect(client.fetchBlob(app(), blobOf(Buffer.from('x'))))).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
      status: 503,
      message: expect.stringContaining('the registry returned 503: UNKNOWN: the disk is gone'),
    })
  })

  test('429 is retried after the given time, and an hour is an error with the limit', async () => {
    const bytes = Buffer.from('content')
    registry.blobs.set(blobOf(bytes).digest, bytes)
    const isBlob = ({ url }: { url?: string | undefined }) => url?.includes('/blobs/') === true
    registry.faults.push(answering(1, isBlob, 429, { headers: { 'retry-after': '0' } }))
    expect((await collect(client.fetchBlob(app(), blobOf(bytes)))).toString()).toBe('content')
    registry.faults.push(
      answering(1, isBlob, 429, { headers: { 'retry-after': '3600', 'ratelimit-limit': '100;w=21600' } }),
    )
    await expect(collect(client.fetchBlob(app(), blobOf(bytes)))).rejects.toMatchObject({
      code: 'REGISTRY_TOO_MANY_REQUESTS',
      hint: expect.stringContaining('limit 100 in 6 h, retry after 1 h'),
    })
  })

  test('a manifest that does not match its digest is REGISTRY_DIGEST_MISMATCH', async () => {
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, layers: [] }))
    const other = blobOf(Buffer.from('other')).digest
    registry.manifests.set(`app@${other}`, { type: 'application/vnd.oci.image.manifest.v1+json', bytes })
    await expect(client.fetchManifest({ ...app(), digest: other })).rejects.toMatchObject({
      code: 'REGISTRY_DIGEST_MISMATCH',
    })
  })

  test('a part that the registry lacks has another hint than a wrong tag', async () => {
    const { digest } = blobOf(Buffer.from('lost'))
    const byDigest = { ...app(), digest }
    const hint = expect.stringContaining('push the image again')
    await expect(client.fetchManifest(byDigest)).rejects.toMatchObject({ code: 'REGISTRY_NOT_FOUND', hint })
    await expect(collect(client.fetchBlob(app(), blobOf(Buffer.from('lost'))))).rejects.toMatchObject({ hint })
    const spelling = expect.stringContaining('spelling of repository and tag')
    await expect(client.fetchManifest(app())).rejects.toMatchObject({ hint: spelling })
  })

  test('a request to a slow registry can be cancelled', async () => {
    registry.faults.push(({ url }) => url?.includes('/blobs/') === true) // never answers
    const abort = new AbortController()
    const { signal } = abort
    const reading = collect(client.fetchBlob(app(), blobOf(Buffer.from('x')), { signal }))
    setImmediate(() => abort.abort(new Error('given up')))
    await expect(reading).rejects.toThrow('given up')
  })

  test('a mirror is used first, and the registry if the mirror fails', async () => {
    const mirror = await startFaultRegistry()
    const bytes = randomBytes(200_000)
    const type = 'application/vnd.oci.image.manifest.v1+json'
    const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, config: blobOf(bytes), layers: [] }))
    mirror.manifests.set('proxy/app:v1', { type, bytes: manifest })
    registry.blobs.set(blobOf(bytes).digest, bytes)
    const mirrored = anonymousClient({
      settings: { ...NO_SETTINGS, rules: [{ prefix: registry.host, mirrors: [{ location: `${mirror.host}/proxy` }] }] },
    })
    expect((await mirrored.fetchManifest(app())).descriptor.digest).toBe(blobOf(manifest).digest)
    expect(registry.requests.filter(({ url }) => url.includes('manifests'))).toEqual([])
    expect((await collect(mirrored.fetchBlob(app(), blobOf(bytes)))).equals(bytes)).toBe(true)
  })
})

describe('push', () => {
  test.each([408, 500, 504, 522])('a manifest refused with %d is pushed again', async (status) => {
    registry.faults.push(answering(2, ({ method }) => method === 'PUT', status))
    const manifest = { mediaType: 'application/vnd.oci.image.manifest.v1+json', bytes: Buffer.from('{}') }
    await client.pushManifest(app(), manifest)
    expect(registry.manifests.has('app:v1')).toBe(true)
  })

  const large = randomBytes(40 << 20)

  test("a truncated chunk resumes at the registry's offset", async () => {
    registry.uploadCuts.push(5 << 20, 9 << 20)
    expect(await client.pushBlob(app(), blobOf(large), { open: opener(large) })).toBe('uploaded')
    expect(registry.blobs.get(blobOf(large).digest)?.equals(large)).toBe(true)
    const asked = registry.requests.filter(({ method, url }) => method === 'GET' && url.includes('/uploads/'))
    expect(asked).toHaveLength(2)
  })

  test.each([200, 202])('an upload with the response %d throughout succeeds, as with docker', async (status) => {
    registry.faults.push((_, response) => {
      const { writeHead } = response
      const change = (found: number) => (found >= 201 && found <= 204 ? status : found)
      response.writeHead = (found: number, ...more: []) => writeHead.call(response, change(found), ...more)
      return false
    })
    const small = randomBytes(1000)
    for (const bytes of [large, small]) {
      expect(await client.pushBlob(app(), blobOf(bytes), { open: opener(bytes) })).toBe('uploaded')
      expect(registry.blobs.get(blobOf(bytes).digest)?.equals(bytes)).toBe(true)
    }
  })

  test('a range that does not change, as some registries send it, does not stop the upload, as with docker', async () => {
    registry.faults.push((request, response) => {
      if (request.method !== 'PATCH') return false
      const { writeHead } = response
      Object.assign(response, {
        writeHead: (status: number, headers: object) => writeHead.call(response, status, { ...headers, range: '0-0' }),
      })
      return false
    })
    expect(await client.pushBlob(app(), blobOf(large), { open: opener(large) })).toBe('uploaded')
    expect(registry.blobs.get(blobOf(large).digest)?.equals(large)).toBe(true)
  })

  test('a full disk of the registry is reported without retries', async () => {
    registry.faults.push((request, response) => {
      if (request.method !== 'PATCH') return false
      request.resume()
      response.writeHead(507).end('{"errors":[{"code":"UNKNOWN","message":"no space left on device"}]}')
      return true
    })
    const pushing = client.pushBlob(app(), blobOf(large), { open: opener(large) })
    await expect(pushing).rejects.toThrow('the registry returned 507: UNKNOWN: no space left on device')
    expect(registry.requests.filter(({ method }) => method === 'PATCH')).toHaveLength(1)
  })

  test('an upload continues as long as each broken chunk leaves something in the registry', async () => {
    registry.uploadCuts.push(...Array.from({ length: 12 }, () => 1 << 20))
    expect(await client.pushBlob(app(), blobOf(large), { open: opener(large) })).toBe('uploaded')
    expect(registry.blobs.get(blobOf(large).digest)?.equals(large)).toBe(true)
    expect(registry.uploadCuts).toEqual([])
  }, 20_000)

  test('the response of a proxy that refuses a large upload without reading it is reported', async () => {
    registry.faults.push((request, response) => {
      if (request.method !== 'PATCH') return false
      response.writeHead(413, { connection: 'close' }).end('<html>413 Request Entity Too Large</html>')
      return true
    })
    await expect(client.pushBlob(app(), blobOf(large), { open: opener(large) })).rejects.toMatchObject({
      code: 'REGISTRY_REFUSED',
      status: 413,
      hint: expect.stringContaining('client_max_body_size'),
    })
  })

  test('a mount that keeps failing becomes an upload, without trying other repositories', async () => {
    const bytes = Buffer.from('content')
    const isMount = ({ url }: { url?: string | undefined }) => url?.includes('mount=') === true
    registry.faults.push(answering(-1, isMount, 500))
    const mountFrom = ['first', 'second', 'third']
    expect(await client.pushBlob(app(), blobOf(bytes), { open: opener(bytes), mountFrom })).toBe('uploaded')
    const asked = registry.requests.filter(isMount).map(({ url }) => new URL(url, 'http://registry').searchParams)
    expect(new Set(asked.map((query) => query.get('from')))).toEqual(new Set(['first']))
  })

  test.each([400, 500])(
    'a look-up that the registry answers with %d becomes an upload, as with docker',
    async (status) => {
      const bytes = Buffer.from('content')
      registry.faults.push(answering(-1, ({ method }) => method === 'HEAD', status))
      expect(await client.pushBlob(app(), blobOf(bytes), { open: opener(bytes) })).toBe('uploaded')
      expect(registry.blobs.get(blobOf(bytes).digest)?.equals(bytes)).toBe(true)
    },
  )

  test.each([
    ['answers with 500', 500, 6 + 4],
    ['answers with 405, to GET too', 405, 2 * 5],
    ['closes the connection of', 'close', 3 + 4],
    ['does not answer', 'silence', 1],
  ] as const)('look-ups that the registry %s are retried for the first blob only', async (_, fault, requests) => {
    const isLookup = ({ method, url = '' }: { method?: string | undefined; url?: string | undefined }) =>
      /^(?:HEAD|GET)$/.test(method ?? '') && url.includes('/blobs/sha256:')
    registry.faults.push((request, response) => {
      if (!isLookup(request)) return false
      if (fault === 'close') request.socket.destroy()
      else if (fault !== 'silence') response.writeHead(fault).end()
      return true
    })
    const timeouts = { responseMs: 300, uploadMs: 30_000, idleMs: 30_000 }
    const patient = anonymousClient({ timeouts })
    removeAfterTest(() => patient.close())
    for (const text of ['a', 'b', 'c', 'd', 'e']) {
      const bytes = Buffer.from(text)
      expect(await patient.pushBlob(app(), blobOf(bytes), { open: opener(bytes) })).toBe('uploaded')
    }
    expect(registry.requests.filter(isLookup)).toHaveLength(requests)
  })

  test('mounts that keep failing are retried for the first blob only', async () => {
    const isMount = ({ url }: { url?: string | undefined }) => url?.includes('mount=') === true
    registry.faults.push(answering(-1, isMount, 500))
    for (const text of ['a', 'b', 'c']) {
      const bytes = Buffer.from(text)
      const options = { open: opener(bytes), mountFrom: ['other'] }
      expect(await client.pushBlob(app(), blobOf(bytes), options)).toBe('uploaded')
    }
    expect(registry.requests.filter(isMount)).toHaveLength(6 + 2)
  })

  test('a blob that the registry only claims to have mounted is uploaded when the manifest is refused', async () => {
    const bytes = Buffer.from('content')
    const isMount = ({ url }: { url?: string | undefined }) => url?.includes('mount=') === true
    const body = JSON.stringify({ errors: [{ code: 'MANIFEST_BLOB_UNKNOWN', message: 'blob unknown to registry' }] })
    registry.faults.push(
      answering(-1, isMount, 201),
      answering(1, ({ method, url }) => method === 'PUT' && url?.includes('/manifests/') === true, 404, { body }),
    )
    const options = { open: opener(bytes), mountFrom: ['other'] }
    expect(await client.pushBlob(app(), blobOf(bytes), options)).toBe('mounted')
    const manifest = Buffer.from('{"schemaVersion":2}')
    await client.pushManifest(app(), { mediaType: 'application/vnd.oci.image.manifest.v1+json', bytes: manifest })
    expect(registry.blobs.get(blobOf(bytes).digest)?.equals(bytes)).toBe(true)
    expect(registry.manifests.get(`app@${blobOf(manifest).digest}`)).toBeDefined()
    expect(await client.mountBlob(app(), blobOf(Buffer.from('another')), { mountFrom: ['other'] })).toBe(false)
  })

  test('an upload that the registry lost is restarted', async () => {
    registry.faults.push(answering(1, ({ method }) => method === 'PATCH', 404))
    expect(await client.pushBlob(app(), blobOf(large), { open: opener(large) })).toBe('uploaded')
    expect(registry.requests.filter(({ method }) => method === 'POST')).toHaveLength(2)
  })

  test('the hint for an upload that the registry keeps losing is to try again', async () => {
    registry.faults.push(({ method }, response) => {
      if (method !== 'PATCH') return false
      response.writeHead(404, { connection: 'close' }).end('{"errors":[{"code":"BLOB_UPLOAD_INVALID"}]}')
      return true
    })
    await expect(client.pushBlob(app(), blobOf(large), { open: opener(large) })).rejects.toMatchObject({
      hint: expect.stringMatching(/^Run the command again/),
    })
  })

  test('an upload whose final response is lost counts as complete', async () => {
    const bytes = randomBytes(1000)
    registry.faults.push((request, response) => {
      if (request.method !== 'PUT') return false
      registry.blobs.set(blobOf(bytes).digest, bytes)
      response.destroy()
      return true
    })
    expect(await client.pushBlob(app(), blobOf(bytes), { open: opener(bytes) })).toBe('uploaded')
    expect(registry.requests.filter(({ method }) => method === 'PUT')).toHaveLength(1)
  })

  test("a registry's minimum chunk size is respected", async () => {
    const minimum = 24 << 20
    registry.faults.push((request, response) => {
      if (request.method === 'POST') response.setHeader('oci-chunk-min-length', String(minimum))
      return false
    })
    await client.pushBlob(app(), blobOf(large), { open: opener(large) })
    const ranges = registry.requests
      .filter(({ method }) => method === 'PATCH')
      .map(({ headers }) => headers['content-range'])
    expect(ranges).toEqual([`0-${minimum - 1}`, `${minimum}-${large.length - 1}`])
  })

  test('an exceeded quota is reported in full, without retries, with a hint', async () => {
    const text =
      'adding 12.5 MiB of storage resource, which when updated to current usage of 1010.1 MiB will exceed the configured upper limit of 1.0 GiB.'
    const body = JSON.stringify({ errors: [{ code: 'DENIED', message: text }] })
    registry.faults.push(
      answering(-1, ({ method, url }) => method === 'PUT' && url?.includes('manifests') === true, 403, { body }),
    )
    await expect(
      client.pushManifest(app(), { mediaType: 'application/json', bytes: Buffer.from('{}') }),
    ).rejects.toMatchObject({
      code: 'REGISTRY_DENIED',
      message: expect.stringContaining(text),
      hint: expect.stringContaining('quota'),
    })
    expect(registry.requests.filter(({ method }) => method === 'PUT')).toHaveLength(1)
  })
})

test('a registry that refuses the addresses of a foreign layer, as distribution does, is reported with its setting', async () => {
  const errors = [{ code: 'UNKNOWN', message: 'unknown error', detail: 'invalid URL on layer' }]
  const body = JSON.stringify({ errors })
  registry.faults.push(answering(-1, ({ method }) => method === 'PUT', 500, { body }))
  await expect(
    client.pushManifest(app(), { mediaType: 'application/json', bytes: Buffer.from('{}') }),
  ).rejects.toMatchObject({
    message: expect.stringContaining('invalid URL on layer'),
    hint: expect.stringContaining('validation.manifests.urls'),
  })
})

function app() {
  return parseReference(`${registry.host}/app:v1`)
}
