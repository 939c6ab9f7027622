import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { openDatabase } from '../../server/state/database.ts'
import { type RunningPostgres, startDebianPostgres } from './support/debian-postgres.ts'
import { createRepository, type GitRepository } from './support/git-repository.ts'
import { startBusyboxServer } from './support/start-busybox-server.ts'
import { serverDirectory, startTestServer, type TestServer, WEBHOOK_SECRET } from './support/start-test-server.ts'

/** The shortest lease; the database is unavailable for longer. */
const LEASE_SECONDS = 10
const directories: string[] = []
let server: TestServer
let postgres: RunningPostgres | undefined

afterEach(async () => {
  await server.stop()
  await postgres?.stop()
  postgres = undefined
})
afterAll(async () => {
  const { rm } = await import('node:fs/promises')
  for (const directory of directories) await rm(directory, { recursive: true, force: true })
})

async function start(database: string): Promise<GitRepository> {
  const directory = serverDirectory()
  directories.push(directory)
  server = await startBusyboxServer(directory, {
    TSBUILD_SERVER_DATABASE: database,
    TSBUILD_SERVER_WORKER_LEASE_SECONDS: String(LEASE_SECONDS),
  })
  const repository = createRepository(directory, 'app')
  const settings = { repository: { url: repository.url }, supersede: false, concurrency: 2 }
  await server.api.call('createProject', { body: { name: 'app', settings, webhookSecret: WEBHOOK_SECRET } })
  return repository
}

const main = { ref: 'refs/heads/main' }
/** A build whose step counts to `seconds`. */
async function counting(repository: GitRepository, seconds: number): Promise<number> {
  const steps = `FROM busybox\nRUN for i in $(seq 1 ${seconds}); do echo $i; sleep 1; done\n`
  repository.commit({ Dockerfile: steps })
  const answer = await server.push('app', main, { id: `count-${seconds}` })
  const id = ((await answer.json()) as { builds: number[] }).builds[0] ?? 0
  await expect.poll(() => logOf(id), { timeout: 60_000 }).toContain('1\n')
  return id
}
async function logOf(build: number): Promise<string> {
  const { steps } = await server.api.call('showSteps', { path: { build } })
  const step = steps.find(({ name }) => name.includes('RUN'))?.id
  if (step === undefined) return ''
  return (await server.api.call('readStepLog', { path: { build, step } })).text
}
const numbers = (count: number): string => Array.from({ length: count }, (_, index) => `${index + 1}\n`).join('')

/** The postmaster, and the process of the connection that locks the data directory. */
async function databaseProcesses(): Promise<{ readonly postmaster: number; readonly lock: number }> {
  const home = join(server.directory, 'database')
  const password = readFileSync(join(home, 'postgres-password'), 'utf8').trim()
  const database = openDatabase({ host: join(home, 'run'), user: 'tsbuild', password, database: 'postgres' })
  const { rows } = await database.query<{ pid: number }>(
    "select pid from pg_locks where locktype = 'advisory' and objid = 7283201",
  )
  await database.close()
  const postmaster = Number(readFileSync(join(home, 'postgres/postmaster.pid'), 'utf8').split('\n')[0])
  return { postmaster, lock: rows[0]?.pid ?? 0 }
}

describe('an unavailable database', () => {
  test('builds continue or resume, webhooks are refused during the outage, and nothing is duplicated', async () => {
    postgres = await startDebianPostgres()
    const repository = await start(postgres.url)
    const ends = await counting(repository, 6) // while the database is unavailable
    const continued = await counting(repository, 22)
    await postgres.crash()
    const away = new Promise((resolve) => setTimeout(resolve, (LEASE_SECONDS + 2) * 1000))
    const refused = await server.push('app', main, { id: 'while-away' })
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5'])
    expect(await refused.json()).toMatchObject({ error: { code: 'SERVER_DATABASE' } })
    for (const path of ['/readyz', '/metrics', '/api/v1/builds'])
      expect((await fetch(server.url + path, { headers: { authorization: `Bearer ${server.token}` } })).status).toBe(
        503,
      )
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
    await away
    await postgres.restart()
    await expect.poll(async () => (await fetch(`${server.url}/readyz`)).status).toBe(200)
    // Redelivers, as forges do.
    expect((await server.push('app', main, { id: 'while-away' })).status).toBe(202)
    expect(await (await server.push('app', main, { id: 'while-away' })).json()).toEqual({ outcome: 'duplicate' })
    for (const [id, count] of [
      [ends, 6],
      [continued, 22],
    ] as const) {
      expect(await server.ended(id)).toMatchObject({ state: 'succeeded' })
      expect(await logOf(id)).toBe(numbers(count))
    }
    const { builds } = await server.api.call('listBuilds')
    expect(builds.length).toBe(3)
    expect(await server.ended(builds[0]?.id ?? 0)).toMatchObject({ state: 'succeeded' })
  }, 180_000)

  test('a worker whose lease expired during a build claims the build again and continues it', async () => {
    postgres = await startDebianPostgres()
    const repository = await start(postgres.url)
    const id = await counting(repository, 6)
    const database = openDatabase({ connectionString: postgres.url })
    // As pg-boss does with a job whose lease was not renewed in time.
    await database.query(
      `update pgboss.job set state = 'retry', retry_count = retry_count + 1, start_after = now()
       where id = (select job_id from builds where id = $1)`,
      [id],
    )
    await database.close()
    expect(await server.ended(id)).toMatchObject({ state: 'succeeded', attempt: 1 })
    expect(await logOf(id)).toBe(numbers(6))
  })

  test('a connection that is lost within a transaction counts as an unavailable database', async () => {
    postgres = await startDebianPostgres()
    await start(postgres.url)
    const database = openDatabase({ connectionString: postgres.url })
    const lost = database.transaction(async (queries) => {
      const { rows } = await queries.query<{ pid: number }>('select pg_backend_pid() as pid')
      await database.query('select pg_terminate_backend($1)', [rows[0]?.pid])
      await expect
        .poll(() => queries.query('select 1').then(String, String), { timeout: 5000 })
        .toContain('is not queryable')
      await queries.query('select 1')
    })
    await expect(lost).rejects.toMatchObject({ code: 'SERVER_DATABASE' })
    await database.close()
  }, 60_000)

  test('an embedded database that hangs is killed and started again, and a stop does not wait for it', async () => {
    await start('embedded')
    const { postmaster, lock } = await databaseProcesses()
    process.kill(postmaster, 'SIGSTOP')
    process.kill(lock, 'SIGKILL')
    const other = () =>
      databaseProcesses().then(
        (found) => found.postmaster !== postmaster && found.lock > 0,
        () => false,
      )
    await expect.poll(other, { timeout: 120_000, interval: 500 }).toBe(true)
    await expect.poll(async () => (await fetch(`${server.url}/readyz`)).status).toBe(200)
    const again = await databaseProcesses()
    process.kill(again.postmaster, 'SIGSTOP')
    const startedAt = Date.now()
    await server.signal('SIGTERM')
    expect(Date.now() - startedAt).toBeLessThan(60_000)
  }, 240_000)

  test('the embedded database is restarted when it is killed, and the build continues', async () => {
    const repository = await start('embedded')
    const id = await counting(repository, 8)
    const postmaster = () =>
      Number(readFileSync(join(server.directory, 'database/postgres/postmaster.pid'), 'utf8').split('\n')[0])
    const first = postmaster()
    process.kill(first, 'SIGKILL')
    // Its backends respond for another moment.
    await expect.poll(postmaster).not.toBe(first)
    await expect.poll(async () => (await fetch(`${server.url}/readyz`)).status).toBe(200)
    expect(await server.ended(id)).toMatchObject({ state: 'succeeded', attempt: 1 })
    expect(await logOf(id)).toBe(numbers(8))
    await expect(startTestServer(server.directory, { TSBUILD_SERVER_WORKER_SLOTS: '0' })).rejects.toThrow(
      /another tsbuild server is running on it/,
    )
  })
})
