import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { createRepository, type GitRepository } from './support/git-repository.ts'
import { startBusyboxServer } from './support/start-busybox-server.ts'
import { serverDirectory, startTestServer, type TestServer, WEBHOOK_SECRET } from './support/start-test-server.ts'

const directory = serverDirectory()
const env = { TSBUILD_SERVER_WORKER_SLOTS: '1' }
let server: TestServer
let repository: GitRepository

beforeAll(async () => {
  server = await startBusyboxServer(directory, env)
  repository = createRepository(directory, 'app')
  repository.commit({ Dockerfile: 'FROM busybox\nRUN sleep 40321\n' }, { branch: 'slow' })
  repository.commit({ Dockerfile: 'FROM busybox\nRUN exit 3\n' }, { branch: 'broken' })
  repository.commit({ Dockerfile: 'FROM busybox\nLABEL a=b\n' }, { branch: 'main' })
})

async function createProject(name: string): Promise<void> {
  const triggers = { branches: ['**'] }
  const settings = { repository: { url: repository.url }, triggers }
  await server.api.call('createProject', { body: { name, settings, webhookSecret: WEBHOOK_SECRET } })
}

async function push(project: string, branch: string): Promise<number> {
  const answer = await server.push(project, { ref: `refs/heads/${branch}` })
  return ((await answer.json()) as { builds: number[] }).builds[0] ?? 0
}

async function countsOfStates(): Promise<Record<string, number>> {
  const text = await (await fetch(`${server.url}/metrics`)).text()
  const found = text.matchAll(/^tsbuild_builds\{state="(\w+)"\} (\d+)$/gm)
  return Object.fromEntries([...found].map(([, state = '', count]) => [state, Number(count)]))
}

const isSleeping = (): boolean => spawnSync('pgrep', ['-f', 'sleep 40321']).status === 0

test('metrics count builds by state, and a deleted project leaves no build, process or job behind', async () => {
  const none = { queued: 0, running: 0, succeeded: 0, failed: 0, cancelled: 0, superseded: 0 }
  expect(await countsOfStates()).toEqual(none)
  await createProject('app')
  await createProject('other')
  await server.ended(await push('other', 'main'))
  await server.ended(await push('other', 'broken'))
  await push('app', 'slow')
  await expect.poll(isSleeping).toBe(true)
  await push('app', 'main')
  await push('app', 'main') // supersedes the waiting build
  await server.api.call('cancelBuild', { path: { build: await push('app', 'broken') } })
  const left = await push('other', 'main')
  const counts = { queued: 2, running: 1, succeeded: 1, failed: 1, cancelled: 1, superseded: 1 }
  expect(await countsOfStates()).toEqual(counts)

  await server.api.call('deleteProject', { path: { project: 'app' } })
  await expect.poll(isSleeping).toBe(false)
  expect(await server.ended(left)).toMatchObject({ project: 'other', state: 'succeeded' })
  expect(await countsOfStates()).toEqual({ ...none, succeeded: 2, failed: 1 })
  expect((await server.push('app', { ref: 'refs/heads/main' })).status).toBe(404)
  // A new project with the same name has no history.
  await createProject('app')
  expect(await server.ended(await push('app', 'main'))).toMatchObject({ project: 'app', state: 'succeeded' })
  expect((await server.api.call('listBuilds', { query: { project: 'app' } })).builds.length).toBe(1)
})

test('a worker that starts removes the git caches of deleted projects', async () => {
  const caches = (): readonly string[] => readdirSync(join(directory, 'work/repositories')).sort()
  expect(caches()).toEqual(['app.git', 'other.git'])
  await server.api.call('deleteProject', { path: { project: 'app' } })
  await server.signal('SIGTERM')
  server = await startTestServer(directory, {
    ...env,
    TSBUILD_SERVER_GIT_LOCAL_ROOTS: directory,
    TSBUILD_SERVER_BUILD_NETWORK: 'none',
  })
  await expect.poll(caches).toEqual(['other.git'])
  expect(await server.ended(await push('other', 'main'))).toMatchObject({ state: 'succeeded' })
})
