import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../../server/state/database.ts'
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
