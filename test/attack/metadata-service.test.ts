import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { importBusyboxInto } from '../server/support/busybox-base.ts'
import { createRepository } from '../server/support/git-repository.ts'
import { serverDirectory, startTestServer, type TestServer } from '../server/support/start-test-server.ts'

const directory = serverDirectory()
let server: TestServer

beforeAll(async () => {
  importBusyboxInto(join(directory, 'store'), directory)
  server = await startTestServer(directory, { TSBUILD_SERVER_GIT_LOCAL_ROOTS: directory })
})
afterAll(() => server?.stop())

test("a step's connection to the metadata service ends in its own network", async () => {
  const repository = createRepository(directory, 'app')
  repository.commit({
    // What listens on the address in the step's own network is all that can be reached there.
    Dockerfile: [
      'FROM busybox',
      'RUN (echo own | nc -l -p 8000 &) ; sleep 1; timeout 5 nc 169.254.169.254 8000 </dev/null',
      'RUN timeout 5 nc 169.254.169.254 80 </dev/null && echo reached || echo refused',
    ].join('\n'),
  })
  await server.api.call('createProject', { body: { name: 'app', settings: { repository: { url: repository.url } } } })
  const { id } = await server.api.call('triggerBuild', { path: { project: 'app' }, body: {} })
  await server.ended(id)
  const log = await (await server.api.call('downloadLog', { path: { build: id } })).text()
  expect(log).toMatch(/^#\d+ own$/m)
  expect(log).toMatch(/^#\d+ refused$/m)
  expect(spawnSync('ip', ['-4', 'addr', 'show'], { encoding: 'utf8' }).stdout ?? '').not.toContain('169.254.169.254')
}, 120_000)
