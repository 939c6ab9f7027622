import { TestClock } from 'pg-boss'
import { pino } from 'pino'
import * as v from 'valibot'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { projectSettings } from '../../server/api/index.ts'
import { configSchema } from '../../server/config/config.ts'
import { openBuildQueue } from '../../server/queue/build-queue.ts'
import { startUpkeep } from '../../server/queue/start-upkeep.ts'
import { listBuilds } from '../../server/state/builds.ts'
import { type Database, openDatabase } from '../../server/state/database.ts'
import { migrate } from '../../server/state/migrate.ts'
import { openProjects, type Projects } from '../../server/state/projects.ts'
import { createSecretBox } from '../../server/state/secret-box.ts'
import { type RunningPostgres, startDebianPostgres } from './support/debian-postgres.ts'

let postgres: RunningPostgres
let database: Database
let projects: Projects

beforeAll(async () => {
  postgres = await startDebianPostgres()
  database = openDatabase({ connectionString: postgres.url })
  await migrate(database)
  projects = openProjects(database, createSecretBox(Buffer.alloc(32)))
})
afterAll(() => database?.close())

/** The scheduling of a server, with a test clock. */
async function startScheduler(clock: TestClock) {
  const onError = (): void => undefined // leases expire when the clock jumps
  const queue = await openBuildQueue(database, { leaseSeconds: 30, supervises: true, onError, clock })
  const logger = pino({ level: 'silent' })
  const upkeep = await startUpkeep({
    database,
    queue,
    projects,
    config: v.parse(configSchema, {}),
    logger,
    isEmbedded: false,
  })
  const stop = async (): Promise<void> => {
    upkeep.stop()
    await queue.stop()
  }
  return { stop }
}

interface Periods {
  readonly cron: string
  /** Each period is three minutes long. */
  readonly starts: readonly string[]
  readonly servers: number
}

/** Runs a schedule in the time zone of Vienna and counts its builds. */
async function startedBuilds(name: string, { cron, starts, servers }: Periods): Promise<number> {
  const schedules = [{ name: 'nightly', cron, timeZone: 'Europe/Vienna', ref: 'main' }]
  const settings = v.parse(projectSettings, { repository: { url: 'https://x/y' }, triggers: { schedules } })
  await projects.create(name, settings)
  for (const start of starts) {
    const clocks = Array.from({ length: servers }, () => new TestClock(start))
    const running: Awaited<ReturnType<typeof startScheduler>>[] = []
    for (const clock of clocks) running.push(await startScheduler(clock))
    for (let step = 0; step < 6; step += 1) await Promise.all(clocks.map((clock) => clock.tick(30_000)))
    for (const { stop } of running) await stop()
  }
  return (await listBuilds(database, { project: name })).builds.length
}

test('a schedule in a repeated hour starts two builds, and one in a skipped hour none', async () => {
  const cron = '30 2 * * *'
  const twice = ['2026-10-25T00:28:45Z', '2026-10-25T01:28:45Z']
  expect(await startedBuilds('autumn', { cron, starts: twice, servers: 1 })).toBe(2)
  const none = ['2027-03-28T00:58:45Z', '2027-03-28T01:28:45Z']
  expect(await startedBuilds('spring', { cron, starts: none, servers: 1 })).toBe(0)
})

test('two servers with the same database start one build per scheduled time', async () => {
  const starts = ['2027-06-01T00:58:45Z', '2027-06-02T00:58:45Z']
  expect(await startedBuilds('two', { cron: '0 3 * * *', starts, servers: 2 })).toBe(2)
})
