import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { createTsbuild, type Tsbuild } from './tsbuild.ts'

let room = ''
let tsbuild: Tsbuild
let server: Server
let origin = ''
let content: { readonly bytes: string; readonly etag?: string }
let requests: IncomingMessage[] = []

beforeAll(async () => {
  room = temporaryDirectory('downloads')
  tsbuild = createTsbuild()
  server = createServer((request, response) => {
    requests.push(request)
    const { bytes, etag } = content
    if (etag !== undefined && request.headers['if-none-match'] === etag) response.writeHead(304, { etag }).end()
    else response.writeHead(200, { ...(etag && { etag }), 'last-modified': 'Sat, 03 Feb 2001 00:00:00 GMT' }).end(bytes)
  })
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle))
  const address = server.address()
  origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
})

afterAll(() => server.close())

beforeEach(() => {
  requests = []
})

async function fileOf(url: string, ...flags: string[]): Promise<string> {
  const output = join(room, 'output.tar')
  const input = `FROM scratch\nADD ${flags.join(' ')} ${url} /file\n`
  await tsbuild.with({ input }).ok('build', '-o', `type=tar,dest=${output}`, '-')
  return execFileSync('tar', ['-xOf', output, 'file'], { encoding: 'utf8' })
}

test('a file with an ETag is downloaded once, and again after it changed', async () => {
  content = { bytes: 'first', etag: '"1"' }
  expect(await fileOf(`${origin}/kept`)).toBe('first')
  expect(await fileOf(`${origin}/kept`)).toBe('first')
  expect(requests.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, '"1"'])
  content = { bytes: 'second', etag: '"2"' }
  expect(await fileOf(`${origin}/kept`)).toBe('second')
  expect(await fileOf(`${origin}/kept`)).toBe('second')
  expect(requests.at(-1)?.headers['if-none-match']).toBe('"2"')
})

test('a cached file is verified against the checksum as well', async () => {
  content = { bytes: 'first', etag: '"1"' }
  await fileOf(`${origin}/checked`)
  const input = `FROM scratch\nADD --checksum=sha256:${'0'.repeat(64)} ${origin}/checked /file\n`
  const { exitCode, stderr } = await tsbuild.with({ input }).run('build', '--progress=plain', '-')
  expect(exitCode).toBe(74)
  expect(stderr).toContain('Check whether the file has changed, or correct --checksum')
})

test('a file without an ETag is downloaded every time', async () => {
  content = { bytes: 'plain' }
  await fileOf(`${origin}/plain`)
  await fileOf(`${origin}/plain`)
  expect(requests.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, undefined])
})

test('a pruned file is downloaded again', async () => {
  content = { bytes: 'first', etag: '"1"' }
  await fileOf(`${origin}/pruned`)
  await tsbuild.ok('system', 'prune', '--all', '--force')
  expect(await fileOf(`${origin}/pruned`)).toBe('first')
})

test('an error of ADD calls its server a server, not a registry', async () => {
  const input = 'FROM scratch\nADD https://127.0.0.1:1/x /file\n'
  const { exitCode, stderr } = await tsbuild.with({ input }).run('build', '--progress=plain', '-')
  expect(exitCode).toBe(69)
  expect(stderr).toContain('Cannot reach server "127.0.0.1:1": connection refused (ECONNREFUSED)')
  expect(stderr).toContain('>>> ADD https://127.0.0.1:1/x /file')
  expect(stderr).not.toContain('registry')
})

test('a Dockerfile in an archive can have any owner', async () => {
  const folder = join(room, 'archive')
  execFileSync('mkdir', [folder])
  writeFileSync(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY Dockerfile /\n')
  const owner = ['--owner=12345', '--group=12345', '--mode=0600']
  const input = execFileSync('tar', ['-C', folder, ...owner, '-c', 'Dockerfile'])
  const output = join(room, 'archive.tar')
  await tsbuild.with({ input }).ok('build', '-o', `type=tar,dest=${output}`, '-')
  expect(execFileSync('tar', ['--numeric-owner', '-tvf', output], { encoding: 'utf8' })).toContain('12345/12345')
})

test('a file name that is too long is refused, with its length', async () => {
  content = { bytes: 'x' }
  const input = `FROM scratch\nADD ${origin}/${'n'.repeat(300)} /\n`
  const { exitCode, stderr } = await tsbuild.with({ input }).run('build', '-')
  expect(stderr).toContain('its file name has 300 bytes (at most 255)')
  expect(stderr).not.toContain('ENAMETOOLONG')
  expect(exitCode).not.toBe(0)
})
