import { beforeAll, expect, test } from 'vitest'
import { type RunningRegistry, startRegistry } from '../support/start-registry.ts'
import { createRepository, type GitRepository } from './support/git-repository.ts'
import { startBusyboxServer } from './support/start-busybox-server.ts'
import { serverDirectory, startTestServer, type TestServer, WEBHOOK_SECRET } from './support/start-test-server.ts'

/** Builds of one branch end in another order than that of their pushes. */

const directory = serverDirectory()
const env = {
  TSBUILD_SERVER_GIT_LOCAL_ROOTS: directory,
  TSBUILD_SERVER_BUILD_NETWORK: 'none',
  TSBUILD_SERVER_WORKER_SLOTS: '2',
  TSBUILD_SERVER_WORKER_DRAIN_SECONDS: '1',
}
let registry: RunningRegistry
let server: TestServer
let repository: GitRepository
let insecure: { readonly TSBUILD_SERVER_REGISTRIES_INSECURE: string }

beforeAll(async () => {
  registry = await startRegistry()
  insecure = { TSBUILD_SERVER_REGISTRIES_INSECURE: registry.host }
  server = await startBusyboxServer(directory, { ...env, ...insecure })
  repository = createRepository(directory, 'app')
})

async function createProject(name: string, concurrency: number): Promise<void> {
  const destinations = [{ repository: `${registry.host}/${name}` }]
  const tags = ['type=ref,event=branch', 'type=sha', 'type=raw,value=latest']
  const settings = { repository: { url: repository.url }, supersede: false, concurrency, tags, destinations }
  await server.api.call('createProject', { body: { name, settings, webhookSecret: WEBHOOK_SECRET } })
}

async function push(project: string, commit: string): Promise<number> {
  const answer = await server.push(project, { ref: 'refs/heads/main', commit })
  return ((await answer.json()) as { builds: number[] }).builds[0] ?? 0
}

const commitOf = (seconds: number): string =>
  repository.commit({ Dockerfile: `FROM busybox\nRUN sleep ${seconds}; echo ${Math.random()}\n` })
const digestOf = async (name: string, tag: string): Promise<string | null> => {
  const headers = { accept: 'application/vnd.oci.image.manifest.v1+json' }
  const answer = await fetch(`http://${registry.host}/v2/${name}/manifests/${tag}`, { headers })
  return answer.headers.get('docker-content-digest')
}

test('no tag moves from the image of a newer push to that of an older one that ends later', async () => {
  await createProject('app', 2)
  const older = commitOf(15)
  const newer = commitOf(0)
  const [slow, fast] = [await push('app', older), await push('app', newer)]
  const [first, second] = [await server.ended(fast), await server.ended(slow)]
  expect([first, second]).toMatchObject([{ state: 'succeeded' }, { state: 'succeeded' }])
  expect(Date.parse(second.endedAt ?? '')).toBeGreaterThan(Date.parse(first.endedAt ?? ''))
  const newest = first.result?.digest
  expect([await digestOf('app', 'main'), await digestOf('app', 'latest')]).toEqual([newest, newest])
  const own = `${registry.host}/app:sha-${older.slice(0, 7)}`
  expect(second.result?.pushed.map(({ reference }) => reference)).toEqual([own])
  expect(await digestOf('app', `sha-${older.slice(0, 7)}`)).toBe(second.result?.digest)
  expect(second.result?.warnings.map(({ message }) => message)).toEqual(
    ['main', 'latest'].map(
      (tag) => `Tag "${registry.host}/app:${tag}" was not set: the build of a newer push has set it`,
    ),
  )

  const retried = await server.api.call('retryBuild', { path: { build: slow } })
  expect(await server.ended(retried.id)).toMatchObject({ state: 'succeeded' })
  expect(await digestOf('app', 'latest')).toBe(newest)
  const body = { ref: 'main', commit: older }
  const chosen = await server.api.call('triggerBuild', { path: { project: 'app' }, body })
  const { result } = await server.ended(chosen.id)
  expect([result?.warnings, await digestOf('app', 'latest')]).toEqual([[], result?.digest])
})

test('builds that a stopping server hands back start before builds of later pushes', async () => {
  await createProject('ordered', 1)
  const first = await push('ordered', commitOf(8))
  const second = await push('ordered', commitOf(0))
  const third = await push('ordered', commitOf(0))
  const startOf = async (build: number): Promise<string> =>
    (await server.api.call('showBuild', { path: { build } })).startedAt ?? ''
  await expect.poll(() => startOf(first)).not.toBe('')
  await server.signal('SIGTERM')
  server = await startTestServer(directory, { ...env, ...insecure })
  for (const build of [first, second, third])
    expect(await server.ended(build)).toMatchObject({ state: 'succeeded', attempt: build === first ? 2 : 1 })
  const starts = [await startOf(first), await startOf(second), await startOf(third)]
  expect(starts).toEqual([...starts].sort())
})
