import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { importBusyboxInto } from './support/busybox-base.ts'
import { createRepository } from './support/git-repository.ts'
import { serverDirectory, startTestServer, type TestServer, WEBHOOK_SECRET } from './support/start-test-server.ts'

const directory = serverDirectory()
const settings = {
  TSBUILD_SERVER_WORKER_SLOTS: '1',
  TSBUILD_SERVER_GIT_LOCAL_ROOTS: directory,
  TSBUILD_SERVER_BUILD_NETWORK: 'none',
}
let server: TestServer

beforeAll(async () => {
  importBusyboxInto(join(directory, 'store'), directory)
  server = await startTestServer(directory, settings)
})

test('while a server finishes its builds on SIGTERM, it accepts webhooks, which the next start builds', async () => {
  const repository = createRepository(directory, 'app')
  repository.commit({ Dockerfile: 'FROM busybox\nRUN echo begin; sleep 15\n' })
  const project = { repository: { url: repository.url }, supersede: false }
  await server.api.call('createProject', { body: { name: 'app', settings: project, webhookSecret: WEBHOOK_SECRET } })
  const { id: first } = await server.api.call('triggerBuild', { path: { project: 'app' }, body: {} })
  const stepsOf = async (build: number) => (await server.api.call('showSteps', { path: { build } })).steps
  await expect.poll(async () => (await stepsOf(first)).some(({ logLines }) => logLines > 0)).toBe(true)
  const stopped = server.signal('SIGTERM')
  await expect.poll(async () => (await server.api.call('listWorkers', {})).workers).toMatchObject([{ draining: true }])
  const answer = await server.push('app', { ref: 'refs/heads/main' })
  expect(answer.status).toBe(202)
  const { builds } = (await answer.json()) as { builds: number[] }
  await stopped
  server = await startTestServer(directory, settings)
  expect(await server.ended(first)).toMatchObject({ state: 'succeeded', attempt: 1 })
  expect(await server.ended(builds[0] ?? 0)).toMatchObject({ state: 'succeeded' })
}, 120_000)
