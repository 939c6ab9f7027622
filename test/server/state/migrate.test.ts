import { afterAll, beforeAll, expect, test } from 'vitest'
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
afterAll(async () => {
  await database?.close()
  await postgres?.stop()
})

const versions = async (): Promise<readonly number[]> =>
  (await database.query<{ version: number }>('select version from schema_migrations order by version')).rows.map(
    ({ version }) => version,
  )

test('servers that start at once on an empty database migrate it once', async () => {
  await Promise.all([migrate(database), migrate(database), migrate(database)])
  expect(await versions()).toEqual(migrations.map((_, index) => index + 1))
})

test('a newer version adds to what is there, all or nothing, and keeps the rows', async () => {
  await database.query(`insert into projects (name, settings, webhook_secret) values ('app', '{}', '')`)
  const half = [...migrations, 'create table newer (id int); select * from nowhere']
  await expect(migrate(database, half)).rejects.toThrow(/nowhere/)
  expect((await database.query(`select to_regclass('newer') as name`)).rows).toEqual([{ name: null }])
  await migrate(database, [...migrations, 'alter table projects add column note text'])
  expect((await database.query('select name, note from projects')).rows).toEqual([{ name: 'app', note: null }])
})

test('an older version refuses the newer schema', async () => {
  await expect(migrate(database)).rejects.toMatchObject({
    code: 'SERVER_DATABASE',
    message: expect.stringContaining('newer tsbuild'),
  })
})
