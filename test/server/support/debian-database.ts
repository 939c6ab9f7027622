import { afterAll, beforeAll } from 'vitest'
import { type Database, openDatabase } from '../../../server/state/database.ts'
import { migrate } from '../../../server/state/migrate.ts'
import { type RunningPostgres, startDebianPostgres } from './debian-postgres.ts'

/** A migrated database of Debian's PostgreSQL with the project "app", for the tests of the file that calls it. */
export function useDebianDatabase(): () => Database {
  let postgres: RunningPostgres | undefined
  let database: Database | undefined
  beforeAll(async () => {
    postgres = await startDebianPostgres()
    database = openDatabase({ connectionString: postgres.url })
    await migrate(database)
    await database.query(`insert into projects (name, settings, webhook_secret) values ('app', '{}', '')`)
  })
  afterAll(async () => {
    await database?.close()
    await postgres?.stop()
  })
  return () => database as Database
}
