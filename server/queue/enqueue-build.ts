import { randomUUID } from 'node:crypto'
import type { Build, ProjectSettings } from '../api/index.ts'
import { notify } from '../state/channels.ts'
import type { Queries } from '../state/database.ts'
import type { BuildQueue } from './build-queue.ts'

export interface NewBuild {
  readonly project: string
  readonly settings: ProjectSettings
  readonly trigger: Build['trigger']
  /** Full ref: `refs/heads/main`; `HEAD` for the default branch. */
  readonly ref: string
  readonly commit?: string | undefined
  readonly title?: string | undefined
  readonly author?: string | undefined
  readonly noCache?: boolean
  readonly priority?: number | undefined
  readonly delivery?: number
  /** Trace context of the span that started it. */
  readonly traceparent?: string | undefined
}

export async function enqueueBuild(queries: Queries, queue: BuildQueue, newBuild: NewBuild): Promise<number> {
  const [id = 0] = await enqueueBuilds(queries, queue, [newBuild])
  return id
}

/**
 * Records and queues builds in the caller's transaction, oldest first. They supersede older builds of a branch, if the
 * project is configured so. Returns their IDs in the same order.
 */
export async function enqueueBuilds(
  queries: Queries,
  queue: BuildQueue,
  newBuild: readonly NewBuild[],
): Promise<readonly number[]> {
  if (newBuild.length === 0) return []
  const builds = newBuild.map((one) => ({ ...one, job: randomUUID(), priority: one.priority ?? one.settings.priority }))
  await lockProjects(queries, newBuild)
  const ids = await insertBuilds(queries, builds)
  const recorded = builds.map((build, index) => ({ ...build, id: ids[index] ?? 0 }))
  await queue.send(
    queries,
    recorded.map(({ id, job, project, settings: { concurrency }, priority }) => ({
      job: { build: id },
      options: { id: job, project, concurrency, priority },
    })),
  )
  const superseding = recorded.filter(
    (one) => one.settings.supersede && !one.ref.startsWith('refs/tags/') && isNewest(one),
  )
  const old = await supersede(queries, queue, superseding)
  const reported = recorded.filter(({ settings }) => reportsStatus(settings)).map(({ id }) => id)
  await queue.report(
    queries,
    [...old, ...reported].map((build) => ({ build, what: 'status' })),
  )
  for (const id of ids) notify(queries, 'build', id)
  notify(queries, 'queue')
  return ids
}

/** A commit that a user chose or builds again may be older than those of the branch that are waiting or running. */
function isNewest({ trigger, commit }: NewBuild): boolean {
  return commit === undefined || (trigger.kind !== 'retry' && trigger.kind !== 'api')
}

/** Builds of a project that are queued at the same time would not see, and not supersede, each other. */
async function lockProjects(queries: Queries, builds: readonly NewBuild[]): Promise<void> {
  const names = builds.map(({ project }) => project)
  await queries.query('select from projects where name = any($1) order by name for no key update', [names])
}

async function insertBuilds(
  queries: Queries,
  builds: readonly (NewBuild & { readonly job: string; readonly priority: number })[],
): Promise<readonly number[]> {
  // The order of the rows is that of the IDs: a later push has a larger ID.
  const { rows } = await queries.query<{ id: number; job_id: string }>(
    `insert into builds (project, trigger, ref, commit_id, title, author, no_cache, priority, delivery, job_id, traceparent)
     select project, trigger, ref, commit_id, title, author, no_cache, priority, delivery, job_id, traceparent
     from unnest($1::text[], $2::jsonb[], $3::text[], $4::text[], $5::text[], $6::text[], $7::boolean[], $8::integer[],
       $9::bigint[], $10::uuid[], $11::text[]) with ordinality
       as build(project, trigger, ref, commit_id, title, author, no_cache, priority, delivery, job_id, traceparent, place)
     order by place returning id, job_id`,
    [
      builds.map(({ project }) => project),
      builds.map(({ trigger }) => JSON.stringify(trigger)),
      builds.map(({ ref }) => ref),
      builds.map(({ commit }) => commit ?? null),
      builds.map(({ title }) => shortened(title) ?? null),
      builds.map(({ author }) => shortened(author) ?? null),
      builds.map(({ noCache = false }) => noCache),
      builds.map(({ priority }) => priority),
      builds.map(({ delivery }) => delivery ?? null),
      builds.map(({ job }) => job),
      builds.map(({ traceparent }) => traceparent ?? null),
    ],
  )
  const idOf = new Map(rows.map(({ id, job_id }) => [job_id, id]))
  return builds.map(({ job }) => idOf.get(job) ?? 0)
}

/**
 * Waiting builds end immediately; running ones are asked to stop. Returns the IDs of those that ended. A pull request
 * supersedes only its own builds: on Bitbucket it has the ref of a branch.
 */
async function supersede(
  queries: Queries,
  queue: BuildQueue,
  newer: readonly (Pick<NewBuild, 'project' | 'ref' | 'trigger'> & { readonly id: number })[],
): Promise<readonly number[]> {
  if (newer.length === 0) return []
  const { rows } = await queries.query<{ id: number; job_id: string | null; state: string }>(
    `update builds set superseded_by = newest.id, stop_wanted = 'superseded',
       state = case state when 'queued' then 'superseded' else state end,
       ended_at = case state when 'queued' then now() end
     from (select max(id) as id, project, ref, pull from unnest($1::bigint[], $2::text[], $3::text[], $4::text[])
       one(id, project, ref, pull) group by project, ref, pull) newest
     where builds.project = newest.project and builds.ref = newest.ref and builds.id < newest.id
       and coalesce(builds.trigger->>'pullRequest', '') = newest.pull
       and builds.state in ('queued', 'running')
     returning builds.id, builds.job_id, builds.state`,
    [
      newer.map(({ id }) => id),
      newer.map(({ project }) => project),
      newer.map(({ ref }) => ref),
      newer.map(({ trigger }) => String(trigger.pullRequest ?? '')),
    ],
  )
  const ended = rows.filter(({ state }) => state === 'superseded')
  await queue.cancel(
    queries,
    ended.flatMap(({ job_id }) => job_id ?? []),
  )
  for (const { id } of rows) notify(queries, 'build', id)
  return ended.map(({ id }) => id)
}

function shortened(text: string | undefined): string | undefined {
  return text?.split('\n')[0]?.replaceAll('\0', '').slice(0, 300)
}

function reportsStatus({ repository }: ProjectSettings): boolean {
  return repository.commitStatus && repository.forge !== 'generic'
}
