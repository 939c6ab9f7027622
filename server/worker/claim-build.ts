import type { ClaimedJob } from '../queue/build-queue.ts'
import { type EndedBuild, reportEnd } from '../queue/report-end.ts'
import type { BuildRow } from '../state/builds.ts'
import { notify } from '../state/channels.ts'
import type { WorkerContext } from './worker-context.ts'

/** Claims the build for this worker; undefined, with the job settled, if there is nothing left to build. */
export async function claimBuild(
  { database, queue, id }: WorkerContext,
  job: ClaimedJob,
): Promise<BuildRow | undefined> {
  return database.transaction(async (queries) => {
    const { rows } = await queries.query<BuildRow>(
      `update builds set state = 'running', worker = $3, started_at = now(), failure = null,
         attempt = case when started_at is null then 1 else attempt + 1 end
       where id = $1 and job_id = $2 and state in ('queued', 'running') and stop_wanted is null returning *`,
      [job.data.build, job.id, id],
    )
    const [build] = rows
    if (build === undefined) {
      const { rows: stopped } = await queries.query<EndedBuild & { [key: string]: unknown }>(
        `update builds set state = stop_wanted, ended_at = now()
         where id = $1 and job_id = $2 and state in ('queued', 'running') and stop_wanted is not null
         returning id, project, state`,
        [job.data.build, job.id],
      )
      await queue.settle(queries, job)
      for (const one of stopped) await reportEnd(queries, queue, one)
    } else if (build.attempt === 1) await queue.report(queries, [{ build: build.id, what: 'status' }])
    notify(queries, 'build', job.data.build)
    return build
  })
}
