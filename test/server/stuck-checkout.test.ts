import { createServer, type Server } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serverDirectory, startTestServer, type TestServer } from './support/start-test-server.ts'

let server: TestServer
let silent: Server
let requests = 0

beforeAll(async () => {
  silent = createServer((socket) => {
    requests += 1
    socket.on('error', () => socket.destroy())
  })
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const { port } = silent.address() as { port: number }
  server = await startTestServer(serverDirectory(), {
    TSBUILD_SERVER_GIT_TIMEOUT_SECONDS: '5',
    TSBUILD_SERVER_WORKER_ATTEMPTS: '1',
  })
  const settings = { repository: { url: `http://127.0.0.1:${port}/app.git` } }
  await server.api.call('createProject', { body: { name: 'app', settings } })
})
afterAll(async () => {
  await server?.stop()
  silent?.close()
})

async function endOf(build: number) {
  const { state, failure } = await server.ended(build)
  const { steps } = await server.api.call('showSteps', { path: { build } })
  return { state, failure, steps }
}

test('the checkout of a cancelled build is a cancelled step without an error', async () => {
  const { id } = await server.api.call('triggerBuild', { path: { project: 'app' }, body: {} })
  await expect.poll(() => requests).toBeGreaterThan(0)
  await server.api.call('cancelBuild', { path: { build: id } })
  const { state, steps } = await endOf(id)
  expect([state, steps.map((step) => [step.state, step.failure])]).toEqual(['cancelled', [['cancelled', undefined]]])
})

test('a checkout that takes too long is a failure that names the limit', async () => {
  const { id } = await server.api.call('triggerBuild', { path: { project: 'app' }, body: {} })
  const { state, failure, steps } = await endOf(id)
  expect([state, steps.map((step) => step.state)]).toEqual(['failed', ['failed']])
  expect(failure).toMatchObject({
    code: 'SERVER_CHECKOUT_FAILED',
    message: expect.stringContaining('it took longer than 5 seconds'),
    hint: expect.stringContaining('git.timeoutSeconds'),
  })
})
