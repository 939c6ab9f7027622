import type { Clock } from 'pg-boss'
import type { Database } from '../state/database.ts'

/** Node fires timers with longer pauses at once. */
const MAX_PAUSE_MS = 2 ** 31 - 1

/** If the clock was set back, pg-boss waits until it is as late as before: this must not become an endless loop. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout: (run, ms) => setTimeout(run, Math.min(ms, MAX_PAUSE_MS)),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
  setInterval: (run, ms) => setInterval(run, ms),
  clearInterval: (timer) => clearInterval(timer as NodeJS.Timeout),
}

/**
 * pg-boss stores when it last looked for schedules and lost leases. Times in the future, of a clock that was ahead,
 * would stop both until then. To be called before its start.
 */
export async function forgetFutureTimes(database: Database): Promise<void> {
  const { rows } = await database.query<{ statement: string }>(
    `select format('update pgboss.%I set %I = null where %I > now()', table_name, column_name, column_name) as statement
     from information_schema.columns
     where table_schema = 'pgboss' and (table_name, column_name) in (('version', 'cron_on'), ('version', 'bam_on'),
       ('version', 'flow_on'), ('version', 'reindex_on'), ('version', 'monitor_backoff_on'), ('queue', 'monitor_on'),
       ('queue', 'maintain_on'), ('queue', 'monitor_claim_on'))`,
  )
  for (const { statement } of rows) await database.query(statement)
}
