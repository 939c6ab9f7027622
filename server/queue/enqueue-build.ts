import { randomUUID } from 'node:crypto'
import type { Build, ProjectSettings } from '../api/index.ts'
import { notify } from '../state/channels.ts'
import type { Queries } from '../state/database.ts'
import type { BuildQueue } from './build-queue.ts'

export interface NewBuild {
  readonly project: string
  readonly settings: ProjectSettings
  readonly trigger: Build['trigger']
  /** Full: `refs/heads/main`; `HEAD` for the default branch. */
  readonly ref: string
  readonly commit?: string | undefined
  readonly title?: string | undefined
  readonly author?: string | undefined
  readonly noCache?: boolean
  readonly priority?: number | undefined
  readonly delivery?: number
}

/** Records and queues a build in the caller's transaction. Older builds of the branch give way, if the project says so. */
export async function enqueueBuild(queries: Queries, queue: BuildQueue, wanted: NewBuild): Promise<number> {
  const { project, settings, trigger, ref, noCache = false, priority = settings.priority } = wanted
  const job = randomUUID()
  const { rows } = await queries.query<{ id: number }>(
    `insert into builds (project, trigger, ref, commit_id, title, author, no_cache, priority, delivery, job_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning id`,
    [
      project,
      trigger,
      ref,
      wanted.commit,
      shortened(wanted.title),
      shortened(wanted.author),
      noCache,
      priority,
      wanted.delivery,
      job,
    ],
  )
  const id = rows[0]?.id ?? 0
  await queue.send(queries, { build: id }, { id: job, project, concurrency: settings.concurrency, priority })
  if (settings.supersede && !ref.startsWith('refs/tags/')) await supersede(queries, queue, { id, project, ref })
  if (reportsStatus(settings)) await queue.report(queries, { build: id, what: 'status' })
  notify(queries, 'build', id)
  notify(queries, 'queue')
  return id
}

/** Waiting builds end now; running ones are asked to. */
async function supersede(
  queries: Queries,
  queue: BuildQueue,
  { id, project, ref }: { readonly id: number; readonly project: string; readonly ref: string },
): Promise<void> {
  const { rows } = await queries.query<{ id: number; job_id: string | null; state: string }>(
    `update builds set superseded_by = $1, stop_wanted = 'superseded',
       state = case state when 'queued' then 'superseded' else state end,
       ended_at = case state when 'queued' then now() end
     where project = $2 and ref = $3 and id < $1 and state in ('queued', 'running')
     returning id, job_id, state`,
    [id, project, ref],
  )
  for (const old of rows) {
    if (old.state === 'superseded' && old.job_id !== null) await queue.cancel(queries, old.job_id)
    if (old.state === 'superseded') await queue.report(queries, { build: old.id, what: 'status' })
    notify(queries, 'build', old.id)
  }
}

function shortened(text: string | undefined): string | undefined {
  return text?.split('\n')[0]?.replaceAll('\0', '').slice(0, 300)
}

function reportsStatus({ repository }: ProjectSettings): boolean {
  return repository.commitStatus && repository.forge !== 'generic'
}
