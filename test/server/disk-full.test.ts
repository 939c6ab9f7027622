import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { importBusyboxInto } from './support/busybox-base.ts'
import { createRepository } from './support/git-repository.ts'
import { serverDirectory, startTestServer, type TestServer, WEBHOOK_SECRET } from './support/start-test-server.ts'

const directory = serverDirectory()
const store = join(directory, 'store')
const database = join(directory, 'database')
let server: TestServer

const run = (command: string, ...words: string[]): void => {
  const { status, stderr } = spawnSync(command, words, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command}: ${stderr}`)
}

beforeAll(async () => {
  for (const place of [store, database]) {
    mkdirSync(place)
    run('mount', '-t', 'tmpfs', '-o', 'size=160m,mode=711', 'tmpfs', place)
  }
  importBusyboxInto(store, directory)
  server = await startTestServer(directory, {
    TSBUILD_SERVER_GIT_LOCAL_ROOTS: directory,
    TSBUILD_SERVER_BUILD_MIN_FREE_BYTES: String(64 << 20),
    TSBUILD_SERVER_BUILD_MAX_DISK_BYTES: String(1 << 30),
    TSBUILD_SERVER_BUILD_NETWORK: 'none',
  })
})
afterAll(async () => {
  await server?.signal('SIGTERM')
  for (const place of [store, database]) run('umount', place)
})

async function build(name: string, dockerfile: string) {
  const repository = createRepository(directory, name)
  repository.commit({ Dockerfile: dockerfile })
  await server.api.call('createProject', { body: { name, settings: { repository: { url: repository.url } } } })
  const { id } = await server.api.call('triggerBuild', { path: { project: name }, body: {} })
  return server.ended(id)
}

test('a build that fills the disk is ended early with the reason, and the next one succeeds', async () => {
  const filling = 'i=0; while [ $i -lt 150 ]; do seq 1 150000 > /big-$i; i=$((i+1)); sleep 0.05; done'
  const filled = await build('filling', `FROM busybox\nRUN ${filling}\n`)
  expect(filled).toMatchObject({ state: 'failed', attempt: 1, failure: { code: 'SERVER_DISK_FULL' } })
  expect(filled.failure?.message).toContain(store)
  expect(await build('small', 'FROM busybox\nRUN echo small > /a\n')).toMatchObject({ state: 'succeeded' })
})

test('no build starts while free space is below the limit', async () => {
  run('dd', 'if=/dev/zero', `of=${join(store, 'ballast')}`, 'bs=1M', 'count=110')
  expect(await build('late', 'FROM busybox\n')).toMatchObject({ failure: { code: 'SERVER_DISK_FULL' } })
  run('rm', join(store, 'ballast'))
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
})

test("while the database's disk is full, webhooks are refused, and no accepted webhook is lost", async () => {
  const { url } = createRepository(directory, 'hooked')
  const settings = { repository: { url }, supersede: false, triggers: { branches: ['**'] } }
  await server.api.call('createProject', { body: { name: 'hooked', settings, webhookSecret: WEBHOOK_SECRET } })
  const ballast = join(database, 'ballast')
  spawnSync('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=1M', 'count=200'])
  const message = 'x'.repeat(100_000)
  let accepted = 0
  let refused: Response | undefined
  for (let index = 0; index < 300 && refused === undefined; index += 1) {
    const paths = Array.from({ length: 100 }, (_, number) => `${message.slice(0, 1000)}-${index}-${number}`)
    const answer = await server.push('hooked', { ref: `refs/heads/b${index}`, message, paths })
    if (answer.status === 202) accepted += 1
    else refused = answer
  }
  expect([refused?.status, refused?.headers.get('retry-after')]).toEqual([503, '5'])
  expect(await refused?.json()).toMatchObject({
    error: { code: 'SERVER_DATABASE', hint: expect.stringContaining('Free space') },
  })
  rmSync(ballast)
  await expect.poll(async () => (await server.push('hooked', { ref: 'refs/heads/last' })).status).toBe(202)
  const { deliveries } = await server.api.call('listDeliveries', { path: { project: 'hooked' }, query: { limit: 200 } })
  expect(deliveries.map(({ builds }) => builds.length)).toEqual(Array(accepted + 1).fill(1))
})
