import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, rmdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { createRepository } from './support/git-repository.ts'
import { serverDirectory, startTestServer, type TestServer, WEBHOOK_SECRET } from './support/start-test-server.ts'

const program = resolve(import.meta.dirname, '../../bin/tsbuild')
const directory = serverDirectory()
const env = { TSBUILD_SERVER_GIT_LOCAL_ROOTS: directory }
let server: TestServer

beforeAll(async () => {
  server = await startTestServer(directory, env)
})

test('after kill -9 of server, database and builds, every acknowledged webhook has exactly one build', async () => {
  const repository = createRepository(directory, 'app')
  repository.commit({ Dockerfile: 'FROM scratch\nCOPY Dockerfile /\n' })
  const settings = { repository: { url: repository.url }, supersede: false, concurrency: 4 }
  await server.api.call('createProject', { body: { name: 'app', settings, webhookSecret: WEBHOOK_SECRET } })
  const acknowledged: string[] = []
  const deliver = async (id: string): Promise<void> => {
    const answer = await server.push('app', { ref: 'refs/heads/main' }, { id }).catch(() => undefined)
    if (answer?.status === 202) acknowledged.push(id)
  }
  for (let round = 0; round < 3; round += 1) {
    const all = Promise.all(Array.from({ length: 6 }, (_, index) => deliver(`${round}-${index}`)))
    if (round === 1)
      await all // kills during builds, otherwise while webhooks arrive
    else await Promise.race([all, new Promise((resolve) => setTimeout(resolve, 60))])
    await server.killEverything()
    await all
    server = await startTestServer(directory, env)
  }
  // The forge delivers unacknowledged webhooks again.
  const again = Array.from({ length: 18 }, (_, index) => `${Math.floor(index / 6)}-${index % 6}`)
  for (const id of again.filter((one) => !acknowledged.includes(one))) {
    const { status } = await server.push('app', { ref: 'refs/heads/main' }, { id })
    expect([200, 202]).toContain(status)
  }
  const { deliveries } = await server.api.call('listDeliveries', { path: { project: 'app' }, query: { limit: 200 } })
  expect(deliveries.map(({ deliveryId }) => deliveryId).sort()).toEqual(again.sort())
  expect(deliveries.map(({ builds }) => builds.length)).toEqual(deliveries.map(() => 1))
  for (const id of deliveries.flatMap(({ builds }) => builds)) {
    expect(await server.ended(id)).toMatchObject({ id, state: 'succeeded' })
  }
}, 300_000)

test('two concurrent first starts, or a killed one, leave a usable directory; only one server runs', async () => {
  const place = serverDirectory()
  const more = { ...env, TSBUILD_SERVER_WORKER_SLOTS: '0' }
  for (const delayMs of [400, 1200]) {
    const child = spawn(program, ['serve'], {
      env: { ...process.env, ...more, TSBUILD_SERVER_DATA_DIRECTORY: place, TSBUILD_SERVER_LISTEN: '127.0.0.1:0' },
      stdio: 'ignore',
      detached: true,
    })
    const gone = once(child, 'exit')
    await new Promise((resolve) => setTimeout(resolve, delayMs))
    process.kill(-(child.pid ?? 0), 'SIGKILL')
    await gone
  }
  const started = await Promise.allSettled([startTestServer(place, more), startTestServer(place, more)])
  const running = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  expect(running.length).toBe(1)
  expect(started.find(({ status }) => status === 'rejected')).toMatchObject({
    reason: { message: expect.stringContaining('another tsbuild server is running on it') },
  })
  expect(readdirSync(join(place, 'database')).filter((name) => /\.\d+$/.test(name))).toEqual([])
  await running[0]?.stop()
})

test('a second server on the same data directory is refused, and the first keeps running', async () => {
  await expect(startTestServer(directory, env)).rejects.toThrow(/another tsbuild server is running on it/)
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
})

test('a server whose port is in use starts nothing', async () => {
  const place = serverDirectory()
  const listen = new URL(server.url).host
  await expect(startTestServer(place, { ...env, TSBUILD_SERVER_LISTEN: listen })).rejects.toThrow(
    /Cannot listen on ".*": the address is in use/,
  )
  expect(readdirSync(place)).toEqual([])
  rmdirSync(place)
})
