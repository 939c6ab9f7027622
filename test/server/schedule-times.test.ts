import { TestClock } from 'pg-boss'
import * as v from 'valibot'
import { beforeAll, expect, test } from 'vitest'
import { projectSettings } from '../../server/api/index.ts'
import { listBuilds } from '../../server/state/builds.ts'
import type { Database } from '../../server/state/database.ts'
import { openProjects, type Projects } from '../../server/state/projects.ts'
import { createSecretBox } from '../../server/state/secret-box.ts'
import { openDebianDatabase } from './support/debian-database.ts'
import { type Scheduler, startScheduler } from './support/start-scheduler.ts'

let database: Database
let projects: Projects

beforeAll(async () => {
  database = await openDebianDatabase()
  projects = openProjects(database, createSecretBox(Buffer.alloc(32)))
})

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
    const running: Scheduler[] = []
    for (const clock of clocks) running.push(await startScheduler(database, projects, clock))
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
