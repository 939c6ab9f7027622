import { randomUUID } from 'node:crypto'
import type { BuildFailure, BuildOutcome } from '../api/index.ts'
import type { ClaimedJob } from '../queue/build-queue.ts'
import { reportEnd } from '../queue/report-end.ts'
import type { BuildRow } from '../state/builds.ts'
import { notify } from '../state/channels.ts'
import type { Queries } from '../state/database.ts'
import { retryDatabase } from '../state/retry-database.ts'
import { storableJson } from '../state/storable-json.ts'
import type { WorkerContext } from './worker-context.ts'

export type AttemptResult =
  | { readonly state: 'succeeded'; readonly outcome: BuildOutcome }
  | { readonly state: 'failed'; readonly failure: BuildFailure }
  | { readonly state: 'cancelled' | 'superseded' }
  /** An infrastructure fault: retried while attempts are left. */
  | { readonly state: 'faulted'; readonly failure: BuildFailure }
  /** The worker shuts down: another one builds it from the start. */
  | { readonly state: 'handed-back' }

type Parts = Pick<WorkerContext, 'database' | 'queue' | 'projects' | 'config'>

/**
 * Publishes the end of an attempt and settles its job in one transaction; does nothing if the lease was lost in the
 * meantime.
 */
export async function finishBuild(
  parts: Parts,
  { job, build }: { readonly job: ClaimedJob; readonly build: BuildRow },
  result: AttemptResult,
): Promise<void> {
  const { database, config } = parts
  const isLast = build.attempt >= config.worker.attempts
  const record = async (queries: Queries): Promise<void> => {
    if (result.state === 'handed-back' || (result.state === 'faulted' && !isLast)) {
      await sendAgain(parts, queries, { job, build, ending: result })
    } else {
      const final = result.state === 'faulted' ? { state: 'failed' as const, failure: result.failure } : result
      const { rowCount } = await queries.query(
        `update builds set state = $3, ended_at = now(), failure = $4, result = $5
         where id = $1 and attempt = $2 and state = 'running'`,
        [
          build.id,
          build.attempt,
          final.state,
          'failure' in final ? storableJson(final.failure) : null,
          'outcome' in final ? storableJson(final.outcome) : null,
        ],
      )
      await parts.queue.settle(queries, job)
      if (rowCount === 1) await reportEnd(queries, parts.queue, { ...build, state: final.state })
    }
    notify(queries, 'build', build.id)
    notify(queries, 'queue')
  }
  await retryDatabase(() => database.transaction(record))
}

async function sendAgain(
  { queue, projects, config }: Parts,
  queries: Queries,
  {
    job,
    build,
    ending: result,
  }: { readonly job: ClaimedJob; readonly build: BuildRow; readonly ending: AttemptResult },
): Promise<void> {
  const project = await projects.find(build.project)
  const isFault = result.state === 'faulted'
  const delaySeconds = isFault ? config.worker.backoffSeconds * 2 ** (build.attempt - 1) : 0
  const { rowCount } = await queries.query(
    `update builds set state = 'queued', worker = null, failure = $3,
       retry_at = case when $4::int > 0 then now() + $4::int * interval '1 second' end
     where id = $1 and attempt = $2 and state = 'running'`,
    [build.id, build.attempt, isFault ? storableJson(result.failure) : null, delaySeconds],
  )
  if (!isFault && rowCount === 1 && (await queue.putBack(queries, job))) return
  await queue.settle(queries, job)
  if (rowCount === 0 || project === undefined) return
  const { concurrency } = project.settings
  const id = randomUUID()
  const options = { id, project: build.project, concurrency, priority: build.priority, delaySeconds }
  await queue.send(queries, [{ job: { build: build.id }, options }])
  await queries.query('update builds set job_id = $2 where id = $1', [build.id, id])
}
