import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createDownloader, type Downloader } from '../../registry/index.ts'
import { collect } from './blob-samples.ts'

let server: Server
let downloader: Downloader
let headers: Readonly<Record<string, string>>

beforeEach(async () => {
  headers = {}
  server = createServer((request, response) => {
    if (request.url === '/private') response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
    else if (request.url?.startsWith('/missing')) response.writeHead(404).end('<html>not here</html>')
    else if (request.url?.startsWith('/status/')) response.writeHead(Number(request.url.slice(8))).end('file')
    else response.writeHead(200, headers).end('file')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  downloader = createDownloader({ env: {}, retries: 0 })
})

afterEach(async () => {
  await downloader.close()
  await new Promise((resolve) => server.close(resolve))
})

describe('createDownloader()', () => {
  test('returns the bytes, the size and the date', async () => {
    headers = { 'content-length': '4', 'last-modified': 'Wed, 21 Oct 2015 07:28:00 GMT' }
    const { body, ...facts } = await downloader.download({ url: url('/a.txt') })
    expect(facts).toEqual({ isUnchanged: false, sizeBytes: 4, lastModifiedSeconds: 1445412480 })
    expect((await collect(body)).toString()).toBe('file')
  })

  const names: readonly (readonly [header: string, name: string | undefined])[] = [
    ['attachment; filename="app.tar.gz"', 'app.tar.gz'],
    ['attachment; filename=app.tgz; size=3', 'app.tgz'],
    ['attachment; filename="../../etc/passwd"', 'passwd'],
    ['attachment; filename=".."', undefined],
    ['attachment; filename="a\\\\b"', 'b'],
    ['attachment', undefined],
  ]
  for (const [header, name] of names) {
    test(`uses ${name ?? 'no name'} from ${header}`, async () => {
      headers = { 'content-disposition': header }
      const { body, filename } = await downloader.download({ url: url('/a') })
      await collect(body)
      expect(filename).toBe(name)
    })
  }

  test('a file comes with any status that is not an error', async () => {
    for (const [status, bytes] of [
      [204, ''],
      [206, 'file'],
      [300, 'file'],
    ] as const) {
      const { body } = await downloader.download({ url: url(`/status/${status}`) })
      expect((await collect(body)).toString()).toBe(bytes)
    }
    for (const status of [304, 400, 500])
      await expect(downloader.download({ url: url(`/status/${status}`) })).rejects.toThrow(`returned ${status}`)
  })

  test('a missing file is an error without password and query', async () => {
    const secret = url('/missing/f?signature=secret').replace('//', '//user:secret@')
    await expect(downloader.download({ url: secret })).rejects.toMatchObject({
      code: 'REGISTRY_NOT_FOUND',
      message: `Cannot download "${url('/missing/f')}": ${new URL(url('/')).host} returned 404`,
    })
  })

  test('a challenge is answered without credentials', async () => {
    await expect(downloader.download({ url: url('/private') })).rejects.toMatchObject({ code: 'REGISTRY_UNAUTHORIZED' })
  })

  test('refuses addresses other than http and https', async () => {
    await expect(downloader.download({ url: 'file:///etc/passwd' })).rejects.toThrow('not an http or https URL')
  })
})

function url(path: string): string {
  const { port } = server.address() as AddressInfo // always the case for a TCP server
  return `http://127.0.0.1:${port}${path}`
}
