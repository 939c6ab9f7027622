import { afterAll, beforeAll, expect, test } from 'vitest'
import { findStep, readSteps } from '../../../server/logs/read-events.ts'
import { readLog } from '../../../server/logs/read-log.ts'
import { listBuilds } from '../../../server/state/builds.ts'
import { type Database, openDatabase } from '../../../server/state/database.ts'
import { migrate } from '../../../server/state/migrate.ts'
import { migrations } from '../../../server/state/migrations.ts'
import { type RunningPostgres, startDebianPostgres } from '../support/debian-postgres.ts'

let postgres: RunningPostgres
let database: Database

beforeAll(async () => {
  postgres = await startDebianPostgres()
  database = openDatabase({ connectionString: postgres.url })
})
afterAll(() => database?.close())

const versions = async (): Promise<readonly number[]> =>
  (await database.query<{ version: number }>('select version from schema_migrations order by version')).rows.map(
    ({ version }) => version,
  )

test('servers that start concurrently on an empty database migrate it once', async () => {
  await Promise.all([migrate(database), migrate(database), migrate(database)])
  expect(await versions()).toEqual(migrations.map((_, index) => index + 1))
})

test('a migration is atomic and keeps existing rows', async () => {
  await database.query(`insert into projects (name, settings, webhook_secret) values ('app', '{}', '')`)
  const half = [...migrations, 'create table newer (id int); select * from nowhere']
  await expect(migrate(database, half)).rejects.toThrow(/nowhere/)
  expect((await database.query(`select to_regclass('newer') as name`)).rows).toEqual([{ name: null }])
  await migrate(database, [...migrations, 'alter table projects add column note text'])
  expect((await database.query('select name, note from projects')).rows).toEqual([{ name: 'app', note: null }])
})

test('an older version refuses a newer schema', async () => {
  await expect(migrate(database)).rejects.toMatchObject({
    code: 'SERVER_DATABASE',
    message: expect.stringContaining('newer tsbuild'),
  })
})

test('data of the first version is readable after an upgrade', async () => {
  await database.query('create database first_version')
  const first = openDatabase({ connectionString: postgres.url.replace(/postgres$/, 'first_version') })
  try {
    await migrate(first, migrations.slice(0, 1))
    const settings = { repository: { url: 'https://git.example.com/team/app' } }
    await first.query(`insert into projects (name, settings, webhook_secret) values ('app', $1, '')`, [settings])
    await first.query(
      `insert into builds (project, state, trigger, ref, started_at, ended_at)
       values ('app', 'succeeded', '{"kind": "api"}', 'refs/heads/main', now(), now())`,
    )
    const step = { id: 'a', name: 'RUN x', inputs: [], state: 'waiting', logBytes: 0, logLines: 0 }
    await first.query(
      `insert into build_events (build, seq, kind, step, data, log_offset, log_line, log) values
       (1, 1, 'planned', null, $1, null, null, null), (1, 2, 'log', 'a', '{"lines": 1}', 0, 0, 'text\n'),
       (1, 3, 'step', 'a', '{"id": "a", "state": "succeeded", "endedMs": 5}', null, null, null)`,
      [JSON.stringify({ steps: [step] })],
    )
    await Promise.all([migrate(first), migrate(first)])
    expect((await listBuilds(first, {})).builds).toEqual([expect.objectContaining({ id: 1, state: 'succeeded' })])
    const { steps } = await readSteps(first, 1)
    expect(steps).toEqual([{ ...step, state: 'succeeded', endedMs: 5, logBytes: 5, logLines: 1 }])
    expect(await findStep(first, 1, 'a')).toEqual({ ended: true })
    expect(await findStep(first, 1, 'b')).toBeUndefined()
    const part = await readLog(first, { build: 1, step: 'a', ended: true }, { limit: 100 })
    expect(part).toMatchObject({ text: 'text\n', totalLines: 1, end: true })
  } finally {
    await first.close()
  }
})
