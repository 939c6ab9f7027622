import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { importBusyboxInto } from './support/busybox-base.ts'
import { createRepository } from './support/git-repository.ts'
import { serverDirectory, startTestServer, type TestServer } from './support/start-test-server.ts'

const directory = serverDirectory()
const store = join(directory, 'store')
const KEEP_BYTES = 12 << 20
const repository = createRepository(directory, 'app')
let server: TestServer

beforeAll(async () => {
  importBusyboxInto(store, directory)
  server = await startTestServer(directory, {
    TSBUILD_SERVER_GIT_LOCAL_ROOTS: directory,
    TSBUILD_SERVER_BUILD_NETWORK: 'none',
    TSBUILD_SERVER_STORE_KEEP_BYTES: String(KEEP_BYTES),
    TSBUILD_SERVER_STORE_PRUNE_SECONDS: '1',
  })
  const settings = { repository: { url: repository.url }, tags: ['type=sha'] }
  await server.api.call('createProject', { body: { name: 'app', settings } })
})

async function build(...steps: readonly string[]): Promise<void> {
  repository.commit({ Dockerfile: ['FROM busybox', ...steps.map((step) => `RUN ${step}`)].join('\n') })
  const { id } = await server.api.call('triggerBuild', { path: { project: 'app' }, body: { ref: 'main' } })
  expect(await server.ended(id)).toMatchObject({ state: 'succeeded' })
}

/** Sets all times of use back. */
function age(days: number): void {
  const then = Date.now() / 1000 - days * 86_400
  for (const entry of readdirSync(store, { recursive: true, withFileTypes: true })) {
    if (entry.isFile() && /\.(json|lock)$/.test(entry.name)) utimesSync(join(entry.parentPath, entry.name), then, then)
  }
}

async function pruned(isDone: (store: { sizeBytes: number; reclaimedBytes: number }) => boolean) {
  for (;;) {
    const { pruning } = await server.api.call('showDisk')
    const found = pruning?.stores.find((one) => one.directory === store)
    if (found !== undefined && isDone(found)) return found
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

function images(): readonly string[] {
  const listed = execFileSync('bin/tsbuild', ['--root', store, 'image', 'ls', '-q'], { encoding: 'utf8' })
  return listed.trim().split('\n')
}

test('a store above its limit loses the least recently used data, between builds', async () => {
  const fill = (name: string) => `echo ${name} > /name; timeout 9 seq 1 900000 > /${name}` // 6 MB
  await build(fill('old'), '--mount=type=cache,target=/cache seq 1 500000 > /cache/file')
  await pruned(({ sizeBytes }) => sizeBytes > 9 << 20) // the last pruning may have run during the build
  age(30)
  await build(fill('young'))
  await expect.poll(images).toHaveLength(2) // busybox and young
  const { sizeBytes } = await pruned((found) => found.sizeBytes <= KEEP_BYTES)
  expect(sizeBytes).toBeGreaterThan(6 << 20)
  expect(readdirSync(join(store, 'cache-mounts'))).toEqual([])
})

test('data older than keepDays is removed, whatever the size of the store', async () => {
  age(61)
  await pruned((found) => found.sizeBytes < 1 << 20)
  expect(readdirSync(join(store, 'images'))).toEqual([])
})

test('metrics have the size, amount and time of the last pruning', async () => {
  const text = await (await fetch(`${server.url}/metrics`)).text()
  expect(text).toContain(`tsbuild_store_bytes{store="${store}"} `)
  expect(text).toContain(`tsbuild_store_pruned_bytes{store="${store}"} `)
  const [, seconds] = /tsbuild_store_pruned_timestamp_seconds\{store="[^"]+"\} (\S+)/.exec(text) ?? []
  expect(Number(seconds)).toBeGreaterThan(Date.now() / 1000 - 60)
  expect(existsSync(store)).toBe(true)
})
