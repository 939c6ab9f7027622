import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApiClient } from '../../server/index.ts'
import { openDatabase } from '../../server/state/database.ts'
import { removeAfterTest } from '../support/removed-afterwards.ts'
import { type RunningPostgres, startDebianPostgres } from './support/debian-postgres.ts'
import { createRepository } from './support/git-repository.ts'
import {
  serverDirectory,
  signedHeaders,
  startTestServer,
  type TestServer,
  WEBHOOK_SECRET,
} from './support/start-test-server.ts'

const directory = serverDirectory()
let postgres: RunningPostgres
let servers: readonly TestServer[] = []

beforeAll(async () => {
  postgres = await startDebianPostgres()
  writeFileSync(join(directory, 'key'), randomBytes(32).toString('hex'), { mode: 0o600 })
  servers = await startBoth()
})
afterAll(async () => {
  for (const server of servers) await server.stop()
  await postgres?.stop()
  rmSync(directory, { recursive: true, force: true })
})

/** Starts both concurrently. The admin token is in the directory of the server that created it. */
async function startBoth(): Promise<readonly TestServer[]> {
  const env = {
    TSBUILD_SERVER_DATABASE: postgres.url,
    TSBUILD_SERVER_KEY_FILE: join(directory, 'key'),
    TSBUILD_SERVER_GIT_LOCAL_ROOTS: directory,
    TSBUILD_SERVER_BUILD_NETWORK: 'none',
  }
  const homes = ['one', 'two'].map((name) => join(directory, name))
  for (const home of homes) mkdirSync(home, { recursive: true })
  return Promise.all(homes.map((home) => startTestServer(home, env)))
}

test('two servers that start concurrently on a new database both run and create one token', async () => {
  const tokens = servers.filter(({ directory: home }) => readdirSync(home).includes('admin-token'))
  expect(tokens.length).toBe(1)
  const clients = servers.map(({ url }) => createApiClient({ url, token: tokens[0]?.token ?? '' }))
  for (const client of clients)
    expect((await client.call('listTokens')).tokens.map(({ name }) => name)).toEqual(['admin'])
})

test('deliveries that reach both servers start one build each', async () => {
  const [one, two] = servers
  const token = servers.map((server) => server.token).find((value) => value !== '') ?? ''
  const api = createApiClient({ url: one?.url ?? '', token })
  const repository = createRepository(directory, 'app')
  repository.commit({ Dockerfile: 'FROM scratch\nCOPY Dockerfile /\n' })
  const settings = { repository: { url: repository.url }, supersede: false, concurrency: 4 }
  await api.call('createProject', { body: { name: 'app', settings, webhookSecret: WEBHOOK_SECRET } })
  const ids = Array.from({ length: 12 }, (_, index) => `delivery-${index}`)
  const outcomes = await Promise.all(
    [one, two].flatMap((server) =>
      ids.map(async (id) => {
        const body = JSON.stringify({ ref: 'refs/heads/main', message: id })
        const request = { method: 'POST', headers: signedHeaders(body, WEBHOOK_SECRET, { id }), body }
        const answer = await fetch(`${server?.url}/hooks/app`, request)
        return ((await answer.json()) as { outcome: string }).outcome
      }),
    ),
  )
  expect(outcomes.sort()).toEqual([...ids.map(() => 'accepted'), ...ids.map(() => 'duplicate')])
  await expect
    .poll(async () => (await api.call('listBuilds')).builds.map(({ state }) => state), {
      timeout: 120_000,
      interval: 500,
    })
    .toEqual(ids.map(() => 'succeeded'))
  const { builds } = await api.call('listBuilds')
  expect(builds.map(({ attempt }) => attempt)).toEqual(ids.map(() => 1))
  expect((await api.call('listWorkers')).workers.length).toBe(2)
}, 180_000)

test('a project can be deleted while another server queues a build of it', async () => {
  const tokens = servers.filter(({ directory: home }) => readdirSync(home).includes('admin-token'))
  const { api } = tokens[0] as TestServer
  await api.call('createProject', {
    body: { name: 'doomed', settings: { repository: { url: `file://${directory}/x` } } },
  })
  const database = openDatabase({ connectionString: postgres.url })
  removeAfterTest(() => database.close())
  await database.query(
    `insert into builds (project, trigger, ref, job_id) values ('doomed', '{"kind": "api"}', 'HEAD', gen_random_uuid())`,
  )
  const waiting = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%projects where name%'`
  const deleted = await database.transaction(async (queries) => {
    await queries.query(`select from projects where name = 'doomed' for no key update`)
    const deletion = api.call('deleteProject', { path: { project: 'doomed' } })
    await expect.poll(async () => (await database.query(waiting)).rowCount).toBe(1)
    await queries.query(`update builds set state = 'superseded' where project = 'doomed'`)
    return { deletion } // not awaited before the commit
  })
  await deleted.deletion
  expect((await api.call('listProjects')).projects.map(({ name }) => name)).not.toContain('doomed')
})
