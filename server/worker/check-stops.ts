import type { ActiveBuild } from './active-build.ts'
import type { StopReason } from './run-build.ts'
import type { WorkerContext } from './worker-context.ts'

interface StopRow {
  readonly id: number
  readonly attempt: number
  readonly stop_wanted: 'cancelled' | 'superseded' | null
}

/**
 * Ends builds that should be stopped or that another worker has taken. After a lost connection, every build is checked.
 */
export async function checkStops(
  { database }: WorkerContext,
  active: ReadonlyMap<number, ActiveBuild>,
  build: number | undefined,
): Promise<void> {
  const ids = build === undefined ? [...active.keys()] : active.has(build) ? [build] : []
  if (ids.length === 0) return
  const query = database.query<StopRow & { [key: string]: unknown }>(
    'select id, attempt, stop_wanted from builds where id = any($1)',
    [ids],
  )
  const rows = await query.then(
    (answer) => answer.rows,
    () => undefined,
  )
  if (rows === undefined) return
  const found = new Map(rows.map((row) => [row.id, row]))
  for (const id of ids) {
    const [own, row] = [active.get(id), found.get(id)]
    if (own === undefined) continue
    // Without a row, the project was deleted; with a later attempt, another worker builds it now.
    const isLost = row === undefined || row.attempt > own.attempt
    const kind = row?.stop_wanted ?? (isLost ? 'lease-lost' : undefined)
    if (kind !== undefined) own.controller.abort({ kind } satisfies StopReason)
  }
}
