import { ServerError } from '../errors.ts'
import { notify } from '../state/channels.ts'
import type { Database } from '../state/database.ts'
import type { BuildQueue } from './build-queue.ts'
import { reportEnd } from './report-end.ts'

/** Ends a waiting build immediately; asks the worker of a running one to stop it. */
export async function cancelBuild(database: Database, queue: BuildQueue, id: number): Promise<void> {
  await database.transaction(async (queries) => {
    const { rows } = await queries.query<{ project: string; job_id: string | null; state: string }>(
      `update builds set stop_wanted = 'cancelled',
         state = case state when 'queued' then 'cancelled' else state end,
         ended_at = case state when 'queued' then now() end
       where id = $1 and state in ('queued', 'running') returning project, job_id, state`,
      [id],
    )
    const [build] = rows
    if (build === undefined) {
      throw new ServerError('SERVER_CONFLICT', `Cannot cancel build "${id}": it has already ended`, {
        hint: 'Cancel only waiting and running builds',
      })
    }
    if (build.state === 'cancelled' && build.job_id !== null) await queue.cancel(queries, [build.job_id])
    if (build.state === 'cancelled') await reportEnd(queries, queue, { ...build, id })
    notify(queries, 'build', id)
  })
}
