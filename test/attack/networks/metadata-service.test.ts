import { spawnSync } from 'node:child_process'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { importBusyboxInto } from '../../server/support/busybox-base.ts'
import { createRepository } from '../../server/support/git-repository.ts'
import { serverDirectory, startTestServer, type TestServer } from '../../server/support/start-test-server.ts'

const directory = serverDirectory()
let server: TestServer
let local: Server

beforeAll(async () => {
  importBusyboxInto(join(directory, 'store'), directory)
  server = await startTestServer(directory, { TSBUILD_SERVER_GIT_LOCAL_ROOTS: directory })
  local = createServer((socket) => socket.end('a service of this machine\n'))
  await new Promise<void>((resolve) => local.listen(0, '::', resolve))
})
afterAll(() => local?.close())

async function logOf(name: string, lines: readonly string[]): Promise<string> {
  const repository = createRepository(directory, name)
  repository.commit({ Dockerfile: ['FROM busybox', ...lines].join('\n') })
  await server.api.call('createProject', { body: { name, settings: { repository: { url: repository.url } } } })
  const { id } = await server.api.call('triggerBuild', { path: { project: name }, body: {} })
  await server.ended(id)
  return (await server.api.call('downloadLog', { path: { build: id } })).text()
}

test("a step's connection to the metadata service ends in its own network", async () => {
  const log = await logOf('metadata', [
    // Only what listens on the address in the step's own network can be reached there.
    'RUN (echo own | nc -l -p 8000 &) ; sleep 1; timeout 5 nc 169.254.169.254 8000 </dev/null',
    'RUN for a in 169.254.169.254 169.254.170.2 100.100.100.200; do timeout 5 nc $a 80 </dev/null && echo reached || echo refused; done',
  ])
  expect(log).toMatch(/^#\d+ own$/m)
  expect(log.match(/^#\d+ (refused|reached)$/gm)?.map((line) => line.replace(/.* /, ''))).toEqual(
    Array(3).fill('refused'),
  )
  expect(spawnSync('ip', ['-4', 'addr', 'show'], { encoding: 'utf8' }).stdout ?? '').not.toContain('169.254.169.254')
})

test('a step reaches no service of this machine, at any of its addresses', async () => {
  const { port } = local.address() as AddressInfo
  const own = Object.values(networkInterfaces()).flatMap((one = []) => one.map(({ address }) => address))
  const addresses = own.filter((address) => !address.startsWith('fe80:'))
  expect(addresses.some((address) => !/^(127\.|::1$)/.test(address))).toBe(true)
  const log = await logOf('own-addresses', [
    `RUN for a in ${addresses.join(' ')} 10.0.2.2; do echo "$a: $(timeout 5 nc $a ${port} </dev/null 2>&1)"; done`,
  ])
  for (const address of addresses) expect(log).toContain(`${address}: `)
  expect(log).not.toMatch(/^#\d+ .*: a service of this machine$/m)
})
