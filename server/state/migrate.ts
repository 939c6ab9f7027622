import { ServerError } from '../errors.ts'
import type { Database } from './database.ts'
import { migrations } from './migrations.ts'

/** An arbitrary number: servers that start at the same time migrate one after the other. */
const MIGRATION_LOCK = 7_283_202

/** Upgrades the schema to this version's, in one transaction. Refuses a newer schema. */
export async function migrate(database: Database, known: readonly string[] = migrations): Promise<void> {
  await database.transaction(async (queries) => {
    await queries.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK])
    await queries.query(
      'create table if not exists schema_migrations (version integer primary key, applied_at timestamptz not null default now())',
    )
    const { rows } = await queries.query<{ version: number | null }>(
      'select max(version) as version from schema_migrations',
    )
    const version = rows[0]?.version ?? 0
    if (version > known.length) {
      throw new ServerError(
        'SERVER_DATABASE',
        `Cannot use the database: its schema has version ${version}, written by a newer tsbuild (expected at most ${known.length})`,
        { hint: 'Install the newer version, or restore the backup taken before the upgrade' },
      )
    }
    for (const [index, statements] of known.slice(version).entries()) {
      await queries.query(statements)
      await queries.query('insert into schema_migrations (version) values ($1)', [version + index + 1])
    }
  })
}
