import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { createTsbuild, type Tsbuild } from './tsbuild.ts'

let room = ''
let tsbuild: Tsbuild
let server: Server
let origin = ''

beforeAll(async () => {
  room = temporaryDirectory('http')
  tsbuild = createTsbuild()
  const context = join(room, 'context')
  mkdirSync(join(context, 'sub'), { recursive: true })
  writeFileSync(join(context, 'Dockerfile'), 'FROM scratch\nCOPY file /from-archive\n')
  writeFileSync(join(context, 'sub/Other'), 'FROM scratch\nCOPY file /from-other\n')
  writeFileSync(join(context, 'file'), 'content\n')
  for (const [name, flag] of [
    ['plain.tar', '-c'],
    ['packed', '-cz'],
  ] as const)
    execFileSync('tar', ['-C', context, flag, '-f', join(room, name), '.'])
  writeFileSync(join(room, 'one-file'), 'FROM scratch\nCOPY Dockerfile /from-file\n')
  server = createServer((request, response) => {
    try {
      response.end(readFileSync(join(room, request.url ?? '')))
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle))
  const address = server.address()
  origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
})

afterAll(() => server.close())

async function filesOf(...words: string[]): Promise<string> {
  const output = join(room, 'output.tar')
  await tsbuild.ok('build', '-o', `type=tar,dest=${output}`, ...words)
  return execFileSync('tar', ['-tf', output], { encoding: 'utf8' })
}

test('an archive from an HTTP URL is the context, compressed or not', async () => {
  expect(await filesOf(`${origin}/plain.tar`)).toContain('from-archive')
  expect(await filesOf(`${origin}/packed`)).toContain('from-archive')
})

test('-f names a Dockerfile in the archive', async () => {
  expect(await filesOf('-f', 'sub/Other', `${origin}/packed`)).toContain('from-other')
})

test('any other HTTP URL is the Dockerfile', async () => {
  expect(await filesOf(`${origin}/one-file`)).toContain('from-file')
})

test('a missing source is reported with its URL', async () => {
  const { exitCode, stderr } = await tsbuild.run('build', `${origin}/nothing`)
  expect(exitCode).not.toBe(0)
  expect(stderr).toContain('Cannot use the build context')
  expect(stderr).toContain('404')
})
