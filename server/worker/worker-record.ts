import { hostname } from 'node:os'
import { isDatabaseUnavailable } from '../state/database.ts'
import type { WorkerContext } from './worker-context.ts'

/** The row that lists this worker; it expires unless renewed. */
export async function renewWorker(
  { database, id, config, logger }: WorkerContext,
  { draining }: { readonly draining: boolean },
): Promise<void> {
  try {
    await database.query(
      `insert into workers (id, host, slots, draining) values ($1, $2, $3, $4)
       on conflict (id) do update set seen_at = now(), draining = excluded.draining`,
      [id, hostname(), config.worker.slots, draining],
    )
    await database.query(`delete from workers where seen_at < now() - interval '1 hour'`)
  } catch (error) {
    if (!isDatabaseUnavailable(error)) throw error
    logger.warn({ err: error }, 'the database does not respond')
  }
}

export async function removeWorker({ database, id }: WorkerContext): Promise<void> {
  await database.query('delete from workers where id = $1', [id]).catch(() => undefined) // it expires
}
