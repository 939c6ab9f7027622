import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRepository, type GitRepository } from './support/git-repository.ts'
import { startBusyboxServer } from './support/start-busybox-server.ts'
import { serverDirectory, signedHeaders, type TestServer, WEBHOOK_SECRET } from './support/start-test-server.ts'

const directory = serverDirectory()
const secret = randomBytes(12).toString('hex')
let server: TestServer
let repository: GitRepository

beforeAll(async () => {
  server = await startBusyboxServer(directory)
  repository = createRepository(directory, 'app')
  const settings = { repository: { url: repository.url } }
  await server.api.call('createProject', { body: { name: 'app', settings, webhookSecret: WEBHOOK_SECRET } })
  await server.api.call('putSecret', { path: { project: 'app', secret: 'token' }, body: { value: secret } })
})
afterAll(() => server?.stop())

test('a secret in a commit message is masked in the title of a build, whether a webhook or the checkout reports it', async () => {
  const commit = repository.commit({ Dockerfile: 'FROM busybox\n' }, { message: `Use ${secret} instead` })
  const text = JSON.stringify({ ref: 'refs/heads/main', commit, message: `Use ${secret} instead`, author: secret })
  await fetch(`${server.url}/hooks/app`, { method: 'POST', headers: signedHeaders(text, WEBHOOK_SECRET), body: text })
  await server.api.call('triggerBuild', { path: { project: 'app' }, body: {} })
  const titles = async () => (await server.api.call('listBuilds', { query: {} })).builds.map(({ title }) => title)
  await expect.poll(titles, { timeout: 30_000 }).toEqual(['Use *** instead', 'Use *** instead'])
  expect(JSON.stringify(await server.api.call('listBuilds', { query: {} }))).not.toContain(secret)
})
