import { TestClock } from 'pg-boss'
import * as v from 'valibot'
import { beforeAll, expect, test } from 'vitest'
import { projectSettings } from '../../server/api/index.ts'
import type { BuildQueue } from '../../server/queue/build-queue.ts'
import { syncSchedules } from '../../server/queue/schedules.ts'
import { listBuilds } from '../../server/state/builds.ts'
import type { Database } from '../../server/state/database.ts'
import { openProjects, type Projects } from '../../server/state/projects.ts'
import { createSecretBox } from '../../server/state/secret-box.ts'
import { openDebianDatabase } from './support/debian-database.ts'
import { startScheduler } from './support/start-scheduler.ts'

const clock = new TestClock('2026-07-01T00:59:30Z') // 2:59 in Vienna
let database: Database
let queue: BuildQueue
let projects: Projects

const nightly = { name: 'nightly', cron: '0 3 * * *', timeZone: 'Europe/Vienna', ref: 'main', noCache: true }
const settingsWith = (schedules: readonly object[], more: object = {}) =>
  v.parse(projectSettings, { repository: { url: 'https://x/y' }, triggers: { schedules }, ...more })

beforeAll(async () => {
  database = await openDebianDatabase()
  projects = openProjects(database, createSecretBox(Buffer.alloc(32)))
  queue = (await startScheduler(database, projects, clock)).queue
})

const builds = async () => (await listBuilds(database, { project: 'app' })).builds
const pass = async (minutes: number): Promise<void> => {
  for (let step = 0; step < minutes * 2; step += 1) await clock.tick(30_000)
}

test('a schedule starts its build once a day, at its time in its time zone', async () => {
  const settings = settingsWith([nightly])
  await projects.create('app', settings)
  await syncSchedules(queue, 'app', settings)
  expect(await builds()).toEqual([])
  await pass(3)
  expect(await builds()).toEqual([
    expect.objectContaining({ ref: 'refs/heads/main', state: 'queued', trigger: { kind: 'schedule', by: 'nightly' } }),
  ])
  await pass(4)
  expect((await builds()).length).toBe(1)
  await clock.setTime('2026-07-02T00:59:30Z')
  await pass(3)
  expect((await builds()).length).toBe(2)
})

test('a removed schedule, and one of a disabled project, starts nothing', async () => {
  await projects.update('app', settingsWith([nightly], { enabled: false }))
  await clock.setTime('2026-07-03T00:59:30Z')
  await pass(3)
  await syncSchedules(queue, 'app', settingsWith([]))
  await projects.update('app', settingsWith([nightly]))
  await clock.setTime('2026-07-04T00:59:30Z')
  await pass(3)
  expect((await builds()).length).toBe(2)
})

test('a schedule whose end cannot be recorded starts its build once', async () => {
  await database.query(`create sequence failures; create function fail_once() returns trigger language plpgsql as
    $$ begin if nextval('failures') = 1 then raise 'connection lost'; end if; return new; end $$;
    create trigger fail_once before update on pgboss.job for each row
      when (new.name = 'schedule' and new.state = 'completed') execute function fail_once()`)
  const settings = settingsWith([nightly])
  await projects.create('twice', settings)
  await syncSchedules(queue, 'twice', settings)
  await clock.setTime('2026-07-05T00:59:30Z')
  await pass(3)
  await clock.setTime('2026-07-05T01:20:00Z') // an attempt without an end has expired
  await pass(2)
  expect((await listBuilds(database, { project: 'twice' })).builds.length).toBe(1)
  expect((await database.query('select last_value as tries from failures')).rows).toEqual([{ tries: 2 }])
})
