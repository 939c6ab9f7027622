import { writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { importBusybox } from '../../end-to-end/bases.ts'
import { createTsbuild, type Tsbuild } from '../../end-to-end/tsbuild.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

/**
 * Cache services with false responses: credentials are not leaked, and the build succeeds correctly or fails with an error of the
 * cache.
 */

let room: string
let tsbuild: Tsbuild
const servers: Server[] = []

beforeAll(async () => {
  room = temporaryDirectory('hostile-services')
  writeFileSync(join(room, 'Dockerfile'), 'FROM busybox\nRUN echo one > /one\n')
  tsbuild = createTsbuild()
  await importBusybox(tsbuild)
})

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer((request, response) => void request.resume().on('end', () => answer(request, response)))
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const bucket = (url: string) =>
  `type=s3,bucket=b,region=r,endpoint_url=${url},use_path_style=true,access_key_id=AKID,secret_access_key=KEY,session_token=SESSION`
const github = (url: string) => `type=gha,url_v2=${url},token=TOKEN`

test('a bucket that redirects elsewhere does not send the session token there', async () => {
  const seen: IncomingMessage['headers'][] = []
  const elsewhere = await serve((request, response) => {
    seen.push(request.headers)
    response.writeHead(404).end()
  })
  const server = await serve(({ url }, response) => response.writeHead(307, { location: `${elsewhere}${url}` }).end())
  await tsbuild.ok('build', '-q', `--cache-from=${bucket(server)}`, room)
  expect(seen.length).toBeGreaterThan(0)
  expect(JSON.stringify(seen)).not.toMatch(/SESSION|AKID/)
})

test('errors of a bucket about the clock, and in a document with status 200, are reported', async () => {
  const document = (code: string) => `<Error><Code>${code}</Code></Error>`
  const skewed = await serve((_, response) => response.writeHead(403).end(document('RequestTimeTooSkewed')))
  expect((await write(bucket(skewed))).stderr).toMatch(/403 RequestTimeTooSkewed.*hint: Set the clock of this machine/s)
  const late = await serve(({ method }, response) =>
    method === 'PUT' ? response.end(document('InternalError')) : response.writeHead(404).end(),
  )
  const { exitCode, stderr } = await write(bucket(late))
  expect(exitCode).toBe(73)
  expect(stderr).toMatch(/the server "127\.0\.0\.1:\d+" responded with 200 InternalError/)
})

const write = (cache: string) => tsbuild.run('build', '--no-cache', `--cache-to=${cache}`, room)

test.each(['file:///etc/passwd', 'ftp://127.0.0.1/x', 'data:,x'])(
  'a cache service that names the address %s is refused',
  async (address) => {
    const url = await serve((_, response) =>
      response.end(JSON.stringify({ ok: true, signed_download_url: address, signed_upload_url: address })),
    )
    const found = 'cache "gha buildkit": the service returned an address that is not a URL (expected http or https)'
    const { exitCode, stderr } = await write(github(url))
    expect(exitCode).not.toBe(125)
    expect(stderr).toContain(found)
  },
)

test('a cache service that does not keep an entry is an error', async () => {
  const url = await serve(({ url: path }, response) => {
    const isFinal = path?.includes('FinalizeCacheEntryUpload') === true
    const isCall = path?.includes('/twirp/') === true
    if (!isCall) response.writeHead(201).end()
    else
      response.end(
        JSON.stringify({ ok: path?.includes('CreateCacheEntry') && !isFinal, signed_upload_url: `${url}/x` }),
      )
  })
  const { exitCode, stderr } = await write(github(url))
  expect(exitCode).toBe(73)
  expect(stderr).toContain('the service did not store entry "buildkit-blob-')
})

test.each([
  [
    'is full',
    200,
    { ok: false, message: 'cache storage limit reached' },
    'accepts no entry: cache storage limit reached',
  ],
  ['is another service', 404, {}, 'the service responded with 404'],
])('a cache service that %s is not reported as overwritten by other jobs', async (_, status, answer, found) => {
  const url = await serve(({ url: path }, response) => {
    const isRead = path?.includes('GetCacheEntryDownloadURL') === true
    response.writeHead(isRead ? 200 : status).end(JSON.stringify(isRead ? { ok: false } : answer))
  })
  const { exitCode, stderr } = await write(github(url))
  expect(exitCode).toBe(73)
  expect(stderr).toContain(`Cannot write cache "gha buildkit": `)
  expect(stderr).toContain(found)
})
