import { copyFileSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { addUser, type TemporaryUser } from '../support/temporary-user.ts'
import { createRepository } from './support/git-repository.ts'
import { serverDirectory, startTestServer, type TestServer } from './support/start-test-server.ts'

const directory = serverDirectory()
const env = { TSBUILD_SERVER_GIT_LOCAL_ROOTS: directory, TSBUILD_SERVER_BUILD_NETWORK: 'none' }
let users: readonly TemporaryUser[] = []
let server: TestServer

beforeAll(async () => {
  users = [addUser(), addUser()]
  const names = users.map(({ name }) => name).join(',')
  mkdirSync(join(directory, 'store'))
  server = await startTestServer(directory, {
    ...env,
    TSBUILD_SERVER_BUILD_USERS: names,
    TSBUILD_SERVER_STORE_PRUNE_SECONDS: '15',
    TSBUILD_SERVER_STORE_KEEP_BYTES: '1000',
  })
})

test('concurrent builds run as different users with their own stores, and cannot reach each other', async () => {
  const repository = createRepository(directory, 'app')
  // The builds have no base image: they contain only a static program.
  repository.commit({ Dockerfile: 'FROM scratch\nCOPY busybox /bin/\nRUN ["/bin/busybox", "sleep", "4"]\n' })
  const build = { limits: { pids: 50, memoryBytes: 64 << 20 } }
  const settings = { repository: { url: repository.url }, build, supersede: false, concurrency: 2 }
  copyFileSync('/bin/busybox', join(directory, 'app-copy/busybox'))
  repository.commit({})
  await server.api.call('createProject', { body: { name: 'app', settings } })
  const trigger = () => server.api.call('triggerBuild', { path: { project: 'app' }, body: {} })
  const builds = await Promise.all([trigger(), trigger()])
  const isBusy = (user: TemporaryUser): boolean => user.processes().length > 0
  await expect.poll(() => users.every(isBusy), { timeout: 60_000 }).toBe(true)
  for (const { id } of builds) {
    const name = readdirSync(join(directory, 'work')).find((name) => name.endsWith(`-build-${id}-1`))
    const home = statSync(join(directory, 'work', String(name)))
    expect([users.some(({ uid }) => uid === home.uid), home.mode & 0o777]).toEqual([true, 0o700])
  }
  for (const { id } of builds) expect(await server.ended(id)).toMatchObject({ state: 'succeeded' })
  expect(server.output()).not.toContain('limits apply to each step of a build separately')
  for (const { name, uid } of users) {
    const store = statSync(join(directory, 'store-users', name))
    expect([store.uid, store.mode & 0o777]).toEqual([uid, 0o700])
  }
})

test('files that only another user of the image can read do not fail the build, and are listed', async () => {
  const repository = createRepository(directory, 'private')
  copyFileSync('/bin/busybox', join(directory, 'private-copy/busybox'))
  const make = 'b=/busybox; $b mkdir -m 700 /private && echo secret > /private/file && $b chown -R 1000:1001 /private'
  const run = JSON.stringify(['/busybox', 'sh', '-c', make])
  repository.commit({ Dockerfile: `FROM scratch\nCOPY busybox /\nRUN ${run}\n` })
  const body = { name: 'private', settings: { repository: { url: repository.url } } }
  await server.api.call('createProject', { body })
  const { id } = await server.api.call('triggerBuild', { path: { project: 'private' }, body: {} })
  expect(await server.ended(id)).toMatchObject({ state: 'succeeded' })
  const { images } = await server.api.call('showImage', { path: { build: id } })
  const diffId = images[0]?.layers.at(-1)?.diffId ?? ''
  const { files } = await server.api.call('listLayerFiles', { path: { build: id, diffId } })
  expect(files).toContainEqual(expect.objectContaining({ path: '/private/file', sizeBytes: 7, uid: 1000, gid: 1001 }))
})

test('the store of each user is pruned by that user', async () => {
  const stores = users.map(({ name }) => join(directory, 'store-users', name))
  const sizes = async () => {
    const { pruning } = await server.api.call('showDisk')
    return stores.map((store) => pruning?.stores.find(({ directory: found }) => found === store)?.sizeBytes)
  }
  await expect.poll(sizes, { timeout: 60_000, interval: 500 }).toEqual([expect.any(Number), expect.any(Number)])
  expect(server.output()).not.toContain('cannot prune')
  for (const [index, store] of stores.entries()) {
    expect(statSync(join(store, 'lock')).uid).toBe(users[index]?.uid)
  }
})

test('unusable build users are refused with a reason', async () => {
  const place = serverDirectory()
  const start = (names: string, slots: string) =>
    startTestServer(place, { ...env, TSBUILD_SERVER_BUILD_USERS: names, TSBUILD_SERVER_WORKER_SLOTS: slots })
  await expect(start('nobody', '1')).rejects.toThrow(/fewer than 65536 subordinate IDs/)
  await expect(start('no-such-user', '1')).rejects.toThrow(/not in \/etc\/passwd/)
  await expect(start(users[0]?.name ?? '', '2')).rejects.toThrow(/there are 1 for 2 builds at once/)
  rmSync(place, { recursive: true })
})
