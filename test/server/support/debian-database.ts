import { beforeAll } from 'vitest'
import { type Database, openDatabase } from '../../../server/state/database.ts'
import { migrate } from '../../../server/state/migrate.ts'
import { removeAfterFile } from '../../support/removed-afterwards.ts'
import { startDebianPostgres } from './debian-postgres.ts'

/** A migrated database of Debian's PostgreSQL, until the end of the test file. */
export async function openDebianDatabase(): Promise<Database> {
  const postgres = await startDebianPostgres()
  const database = openDatabase({ connectionString: postgres.url })
  removeAfterFile(() => database.close())
  await migrate(database)
  return database
}

/** The same with the project "app", for the tests of the file that calls it. */
export function useDebianDatabase(): () => Database {
  let database: Database | undefined
  beforeAll(async () => {
    database = await openDebianDatabase()
    await database.query(`insert into projects (name, settings, webhook_secret) values ('app', '{}', '')`)
  })
  return () => database as Database
}
