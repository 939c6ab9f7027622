import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { S3CacheLocation } from '../../../images/index.ts'
import { CACHE_CONFIG_TYPE } from '../../../images/remote-cache/cache-config.ts'
import { ghaBackend } from '../../../images/remote-cache/gha-backend.ts'
import { s3Backend } from '../../../images/remote-cache/s3-backend.ts'
import { createServerClient, type ServerClient } from '../../../registry/index.ts'
import { blobOf, opener } from '../../registry/blob-samples.ts'
import { removeAfterTest } from '../../support/removed-afterwards.ts'

const bytes = Buffer.from('content')
const CONFIG = Buffer.from('{"layers":[],"records":[]}')
const HOUR_MS = 3_600_000
let client: ServerClient

beforeEach(() => {
  client = createServerClient({ env: {}, retryDelayMs: 1 })
})
afterEach(() => client.close())

/** Answers each upload with one of `answers`, then with success. */
const uploads = (...answers: readonly (readonly [status: number, document: string, headers?: object])[]) => {
  let position = 0
  return serve((request, response) => {
    request.resume()
    const [status, document, headers] = request.method === 'PUT' ? (answers[position++] ?? [200, '']) : [404, '']
    request.on('end', () => response.writeHead(status, { ...headers }).end(document))
  })
}
const put = (url: string) => s3(url).putBlob(blobOf(bytes), { open: opener(bytes), near: [] }, undefined)
const error = (code: string, more = '') => `<Error><Code>${code}</Code>${more}</Error>`

test.each([
  [400, 'RequestTimeout'],
  [200, 'InternalError'],
  [409, 'OperationAborted'],
  [503, 'SlowDown'],
])('an upload that the server answers with %d %s is repeated', async (status, code) => {
  const server = await uploads([status, error(code)], [status, error(code)])
  await put(server.url)
  expect(server.requests.filter(({ method }) => method === 'PUT')).toHaveLength(3)
})

test('a refusal for another reason is not repeated', async () => {
  const server = await uploads([400, error('InvalidArgument')])
  await expect(put(server.url)).rejects.toMatchObject({
    code: 'CACHE_WRITE_FAILED',
    message: `Cannot write cache "s3://b/manifests/c": the server "${server.host}" responded with 400 InvalidArgument`,
  })
})

test.each([
  [400, error('ExpiredToken'), {}, /session token has expired/],
  [404, error('NoSuchBucket'), {}, /create the bucket/],
  [403, error('SignatureDoesNotMatch'), {}, /Check the credentials/],
  [301, error('PermanentRedirect'), { 'x-amz-bucket-region': 'eu-west-1' }, /Set region .*, eu-west-1$/],
  [400, error('AuthorizationHeaderMalformed', '<Region>eu-west-2</Region>'), {}, /Set region .*, eu-west-2$/],
  [200, '<html>Log in</html>', { 'content-type': 'text/html' }, /login page responds instead/],
])('an upload with the response %d %s has a hint', async (status, document, headers, hint) => {
  const { url } = await uploads([status, document, headers])
  await expect(put(url)).rejects.toMatchObject({ code: 'CACHE_WRITE_FAILED', hint: expect.stringMatching(hint) })
})

test('an empty response to an upload is accepted with any content type, as some servers set text/html', async () => {
  const server = await uploads([200, '', { 'content-type': 'text/html; charset=utf-8' }])
  await put(server.url)
  expect(server.requests.map(({ method }) => method)).toEqual(['HEAD', 'PUT'])
})

test('the bucket is in the path for an address and for a name that no host can have, as with other clients', async () => {
  const { url, requests } = await uploads()
  const place = { endpoint: url, pathStyle: false }
  for (const more of [{}, { endpoint: url.replace('127.0.0.1', 'localhost'), bucket: 'Upper_case' }])
    await s3(url, { ...place, ...more }).putBlob(blobOf(bytes), { open: opener(bytes), near: [] }, undefined)
  const paths = requests.map((request) => request.url?.replace(/\/blobs.*/, ''))
  expect(paths).toEqual(['/b', '/b', '/Upper_case', '/Upper_case'])
})

test.each([HOUR_MS, -HOUR_MS])('a clock that differs by %d ms from the server is corrected', async (offsetMs) => {
  const server = await serve((request, response) => {
    request.resume()
    const [, ...date] = /^(....)(..)(..)T(..)(..)(..)Z$/.exec(String(request.headers['x-amz-date'])) ?? []
    const [year, month, day, ...time] = date
    const sentMs = Date.parse(`${year}-${month}-${day}T${time.join(':')}Z`)
    const nowMs = Date.now() + offsetMs
    const isRefused = Math.abs(sentMs - nowMs) > HOUR_MS / 4
    response.writeHead(isRefused ? 403 : 200, { date: new Date(nowMs).toUTCString() })
    response.end(isRefused ? error('RequestTimeTooSkewed') : '')
  })
  const backend = s3(server.url)
  for (const _ of [1, 2]) await backend.putBlob(blobOf(bytes), { open: opener(bytes), near: [] }, undefined)
  expect(server.requests.map(({ method }) => method)).toEqual(['HEAD', 'HEAD', 'PUT', 'HEAD', 'PUT'])
})

test.each(['s3', 'gha'])('%s: the configuration is requested again after a broken connection', async (type) => {
  let cuts = 2
  const server = await serve((request, response) => {
    request.resume()
    if (request.method === 'POST') {
      response.end(JSON.stringify({ ok: true, signed_download_url: `${server.url}/index`, matched_key: 'k' }))
    } else {
      response.writeHead(200, { 'content-length': CONFIG.length })
      if (cuts-- > 0) response.write(CONFIG.subarray(0, 5), () => response.destroy())
      else response.end(CONFIG)
    }
  })
  const backend =
    type === 's3' ? s3(server.url) : ghaBackend({ type: 'gha', url: server.url, scope: 'main', token: 'TOKEN' }, client)
  expect((await backend.readConfig(CACHE_CONFIG_TYPE, undefined))?.toString()).toBe(CONFIG.toString())
})

function s3(endpoint: string, more: Partial<S3CacheLocation> = {}) {
  const prefixes = { prefix: '', blobsPrefix: 'blobs/', manifestsPrefix: 'manifests/', names: ['c'] } as const
  const bucket = { type: 's3', bucket: 'b', region: 'r', endpoint, pathStyle: true, touchRefreshMs: HOUR_MS } as const
  return s3Backend({ ...bucket, ...prefixes, ...more }, client, { accessKeyId: 'AKID', secretAccessKey: 'KEY' })
}

async function serve(listener: RequestListener) {
  const requests: { readonly method: string | undefined; readonly url: string | undefined }[] = []
  const server = createServer((request, response) => {
    requests.push({ method: request.method, url: request.url })
    listener(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  removeAfterTest(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}` // always the case for a TCP server
  return { host, url: `http://${host}`, requests }
}
