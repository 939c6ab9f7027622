import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { importBusyboxInto } from '../../server/support/busybox-base.ts'
import { createRepository } from '../../server/support/git-repository.ts'
import { serverDirectory, startTestServer, type TestServer } from '../../server/support/start-test-server.ts'

const directory = serverDirectory()
const reached: string[] = []
let server: TestServer
let local: Server

beforeAll(async () => {
  importBusyboxInto(join(directory, 'store'), directory)
  server = await startTestServer(directory, { TSBUILD_SERVER_GIT_LOCAL_ROOTS: directory })
  local = createServer((request, response) => {
    reached.push(request.url ?? '')
    response.end('a service of this machine')
  })
  await new Promise<void>((resolve) => local.listen(0, '127.0.0.1', resolve))
})
afterAll(() => local?.close())

const port = (): number => (local.address() as AddressInfo).port
let count = 0

async function build(files: Readonly<Record<string, string>>) {
  count += 1
  const name = `hostile-${count}`
  const repository = createRepository(directory, name)
  repository.commit(files)
  await server.api.call('createProject', { body: { name, settings: { repository: { url: repository.url } } } })
  const { id } = await server.api.call('triggerBuild', { path: { project: name }, body: {} })
  return server.ended(id)
}

describe('a git repository that a Dockerfile adds', () => {
  test.each([
    ['at a loopback address', () => `http://127.0.0.1:${port()}/x.git`],
    ['at localhost', () => `http://localhost:${port()}/x.git`],
    ['at a number', () => `http://2130706433:${port()}/x.git`],
    ['at a mapped address', () => `http://[::ffff:127.0.0.1]:${port()}/x.git`],
    ['at the metadata service', () => 'http://169.254.169.254/latest.git'],
    ['by TLS', () => `https://127.0.0.1:${port()}/x.git`],
    ['by ssh', () => `ssh://git@127.0.0.1:${port()}/x.git`],
    ['by the git protocol', () => `git://127.0.0.1:${port()}/x.git`],
  ])('is not fetched %s, and the build is not retried', async (_, url) => {
    const { state, attempt, failure } = await build({ Dockerfile: `FROM busybox\nADD ${url()} /x\n` })
    expect([state, attempt]).toEqual(['failed', 1])
    expect(failure?.message).toMatch(/builds may not reach this server/)
    expect(reached).toEqual([])
  })
})

test('a submodule of the repository is not fetched from this machine either', async () => {
  count += 1
  const repository = createRepository(directory, `hostile-${count}`)
  const url = `http://127.0.0.1:${port()}/s.git`
  const commit = repository.commit({ '.gitmodules': `[submodule "s"]\n\tpath = s\n\turl = ${url}\n`, Dockerfile: '' })
  repository.git('update-index', '--add', '--cacheinfo', `160000,${commit},s`)
  repository.git('commit', '--quiet', '--message', 'submodule')
  repository.git('push', '--quiet', 'origin', 'main')
  const name = `hostile-${count}`
  await server.api.call('createProject', { body: { name, settings: { repository: { url: repository.url } } } })
  const { id } = await server.api.call('triggerBuild', { path: { project: name }, body: {} })
  const ended = await server.ended(id)
  expect(ended).toMatchObject({ state: 'failed', attempt: 1, failure: { code: 'SERVER_CHECKOUT_FAILED' } })
  expect(reached).toEqual([])
})
