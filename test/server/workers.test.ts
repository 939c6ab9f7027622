import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../server/state/database.ts'
import { importBusyboxInto } from './support/busybox-base.ts'
import { type RunningPostgres, startDebianPostgres } from './support/debian-postgres.ts'
import { createRepository } from './support/git-repository.ts'
import { serverDirectory, startTestServer, type TestServer, WEBHOOK_SECRET } from './support/start-test-server.ts'
import { startTestWorker, type TestWorker, workerSettings } from './support/start-test-worker.ts'

const directory = serverDirectory()
const workers: TestWorker[] = []
let postgres: RunningPostgres
let database: Database
let server: TestServer

const environment = (name: string): NodeJS.ProcessEnv => ({
  ...workerSettings(postgres, directory, name),
  TSBUILD_SERVER_STORE_DIRECTORY: join(directory, 'store'),
  TSBUILD_SERVER_WORKER_LEASE_SECONDS: '10',
})
const startWorker = async (name: string): Promise<TestWorker> => {
  const worker = await startTestWorker(environment(name))
  workers.push(worker)
  return worker
}

beforeAll(async () => {
  postgres = await startDebianPostgres()
  database = openDatabase({ connectionString: postgres.url })
  mkdirSync(join(directory, 'server'))
  importBusyboxInto(join(directory, 'store'), directory)
  server = await startTestServer(join(directory, 'server'), {
    ...environment('server'),
    TSBUILD_SERVER_WORKER_SLOTS: '0',
  })
  const repository = createRepository(directory, 'app')
  repository.commit({ Dockerfile: 'FROM busybox\nARG N\nRUN echo begin; sleep ${N:-6}; echo end\n' })
  const settings = { repository: { url: repository.url }, supersede: false, concurrency: 8 }
  await server.api.call('createProject', { body: { name: 'app', settings, webhookSecret: WEBHOOK_SECRET } })
})
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.stop('SIGTERM')))
  await server?.stop()
  await database?.close()
  await postgres?.stop()
  const { rm } = await import('node:fs/promises')
  await rm(directory, { recursive: true, force: true })
})

const trigger = async (): Promise<number> =>
  (await server.api.call('triggerBuild', { path: { project: 'app' }, body: { noCache: false } })).id
const running = async (id: number): Promise<void> => {
  for (;;) {
    const { steps } = await server.api.call('showSteps', { path: { build: id } })
    if (steps.some(({ name, state }) => name.includes('RUN') && state === 'running')) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

describe('tsbuild worker with an external PostgreSQL', () => {
  test('the build of a worker that dies is taken over with a new log', async () => {
    const id = await trigger()
    const doomed = await startWorker('one')
    await running(id)
    await doomed.stop('SIGKILL')
    await startWorker('two')
    const build = await server.ended(id)
    expect(build).toMatchObject({ state: 'succeeded', attempt: 2 })
    const { steps } = await server.api.call('showSteps', { path: { build: id } })
    const run = steps.find(({ name }) => name.includes('RUN'))
    const { text } = await server.api.call('readStepLog', { path: { build: id, step: run?.id ?? '' } })
    expect(text).toBe('begin\nend\n')
  }, 180_000)

  test('a second worker in the same data directory is refused, and the first continues', async () => {
    const pid = workers.at(-1)?.child.pid
    await expect(startTestWorker(environment('two'))).rejects.toThrow(
      new RegExp(`Cannot use data directory ".*/two": the worker of process ${pid} on \\S+ builds in it`),
    )
    expect(await server.ended(await trigger())).toMatchObject({ state: 'succeeded' })
  })

  test('a request to stop a build is noticed without its notification', async () => {
    const repository = createRepository(directory, 'lost')
    repository.commit({ Dockerfile: 'FROM busybox\nRUN sleep 60\n' })
    const notifications = [{ url: 'http://127.0.0.1:9/', on: ['cancelled'] as const }]
    const settings = { repository: { url: repository.url }, notifications }
    await server.api.call('createProject', { body: { name: 'lost', settings } })
    const { id } = await server.api.call('triggerBuild', { path: { project: 'lost' }, body: {} })
    await running(id)
    await database.query(`update builds set stop_wanted = 'cancelled' where id = $1`, [id])
    expect(await server.ended(id)).toMatchObject({ state: 'cancelled' })
  })

  test('a build that is cancelled after its worker died is reported, and nothing of it is left', async () => {
    const { id } = await server.api.call('triggerBuild', { path: { project: 'lost' }, body: {} })
    await running(id)
    await workers.at(-1)?.stop('SIGKILL')
    const homes = (): string[] => readdirSync(join(directory, 'two/work')).filter((name) => name.includes('build'))
    expect(homes().length).toBe(1)
    await server.api.call('cancelBuild', { path: { build: id } })
    await startWorker('two')
    expect(homes()).toEqual([])
    expect(await server.ended(id)).toMatchObject({ state: 'cancelled' })
    const { rows } = await database.query(
      `select data->'what' as what from pgboss.job where name = 'report' and data->>'build' = $1 order by created_on`,
      [String(id)],
    )
    expect(rows).toContainEqual({ what: { notification: 'http://127.0.0.1:9/' } })
  })

  test('on SIGTERM a worker finishes its build and claims no other', async () => {
    const [first] = [await trigger()]
    const worker = workers.at(-1)
    await server.ended(first)
    const repository = createRepository(directory, 'drain')
    repository.commit({ Dockerfile: 'FROM busybox\nRUN sleep 4; echo finished\n' })
    await server.api.call('createProject', {
      body: { name: 'drain', settings: { repository: { url: repository.url } } },
    })
    const { id } = await server.api.call('triggerBuild', { path: { project: 'drain' }, body: {} })
    await running(id)
    const next = await trigger()
    await worker?.stop('SIGTERM')
    expect(await server.api.call('showBuild', { path: { build: id } })).toMatchObject({
      state: 'succeeded',
      attempt: 1,
    })
    expect(await server.api.call('showBuild', { path: { build: next } })).toMatchObject({ state: 'queued' })
    await server.api.call('cancelBuild', { path: { build: next } })
  }, 180_000)

  test('a missing key file is reported with its path', async () => {
    const absent = join(directory, 'absent-key')
    const env = { ...environment('three'), TSBUILD_SERVER_KEY_FILE: absent }
    const message = `Cannot read key file "${absent}": no such file or directory\n`
    await expect(startTestWorker(env)).rejects.toThrow(message)
  })

  test('a key file of another database is refused', async () => {
    const { writeFileSync } = await import('node:fs')
    const wrong = join(directory, 'wrong-key')
    writeFileSync(wrong, '0'.repeat(64))
    const env = { ...environment('three'), TSBUILD_SERVER_KEY_FILE: wrong }
    await expect(startTestWorker(env)).rejects.toThrow(/it was encrypted with another key/)
  })
})
