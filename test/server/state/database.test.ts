import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../../server/state/database.ts'
import { migrate } from '../../../server/state/migrate.ts'
import { removeAfterTest } from '../../support/removed-afterwards.ts'
import { type RunningPostgres, startDebianPostgres } from '../support/debian-postgres.ts'

let postgres: RunningPostgres
let database: Database

beforeAll(async () => {
  postgres = await startDebianPostgres()
  database = openDatabase({ connectionString: postgres.url }, 500)
  await database.query('create table kept (name text)')
})
afterAll(() => database?.close())

test('a transaction with a query that times out is rolled back', async () => {
  const slow = database.transaction(async (queries) => {
    await queries.query(`insert into kept values ('one')`)
    await queries.query('select pg_sleep(60)')
  })
  await expect(slow).rejects.toMatchObject({ code: 'SERVER_DATABASE' })
  expect((await database.query('select name from kept')).rows).toEqual([])
})

test('a transaction that fails for another reason is rolled back', async () => {
  const wrong = database.transaction(async (queries) => {
    await queries.query(`insert into kept values ('two')`)
    await queries.query('select 1 / 0')
  })
  await expect(wrong).rejects.toThrow('division by zero')
  expect((await database.query('select name from kept')).rows).toEqual([])
})

test.each([
  [
    'a database that does not exist',
    (url: URL) => Object.assign(url, { pathname: '/nosuch' }),
    /Create it with createdb/,
  ],
  ['an unknown user', (url: URL) => Object.assign(url, { username: 'nosuch' }), /Check the user and the password/],
])('%s is an error with a hint', async (_, change, hint) => {
  const other = openDatabase({ connectionString: change(new URL(postgres.url)).href })
  removeAfterTest(() => other.close())
  await expect(migrate(other)).rejects.toMatchObject({
    code: 'SERVER_DATABASE',
    message: expect.stringContaining('"nosuch" does not exist'),
    hint: expect.stringMatching(hint),
  })
})

test('a database that is read-only, as a standby is, counts as unavailable', async () => {
  const written = database.transaction(async (queries) => {
    await queries.query('set transaction read only')
    await queries.query(`insert into kept values ('three')`)
  })
  await expect(written).rejects.toMatchObject({ code: 'SERVER_DATABASE', hint: 'Set "database" to the primary server' })
})

test('a user who may not create tables is an error with a hint', async () => {
  await database.query('create role reader login')
  await database.query('revoke create on schema public from public')
  const url = Object.assign(new URL(postgres.url), { username: 'reader' }).href
  const other = openDatabase({ connectionString: url })
  removeAfterTest(() => other.close())
  await expect(migrate(other)).rejects.toMatchObject({
    code: 'SERVER_DATABASE',
    hint: 'Make the user in "database" the owner of the database',
  })
})
