import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTsbuild, type Tsbuild } from './tsbuild.ts'

let tsbuild: Tsbuild
const server = createServer((_, answer) => answer.writeHead(404).end())
beforeAll(async () => {
  tsbuild = createTsbuild()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
})
afterAll(() => server.close())

test('a context that the server does not have is missing; a server that cannot be reached is unavailable', async () => {
  const { port } = server.address() as AddressInfo
  const missing = await tsbuild.run('build', `http://127.0.0.1:${port}/context.tar`)
  expect(missing).toMatchObject({ exitCode: 66, stderr: expect.stringContaining('404') })
  const unreachable = await tsbuild.run('build', 'http://127.0.0.1:1/context.tar')
  expect(unreachable).toMatchObject({
    exitCode: 69,
    stderr: expect.stringContaining('Cannot reach server "127.0.0.1:1"'),
  })
})
