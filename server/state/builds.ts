import type { Build, BuildFailure, BuildOutcome, BuildState } from '../api/index.ts'
import type { Queries } from './database.ts'
import { missing } from './missing.ts'

export interface BuildRow {
  readonly [key: string]: unknown
  readonly id: number
  readonly project: string
  readonly state: BuildState
  readonly trigger: Build['trigger']
  readonly ref: string
  readonly commit_id: string | null
  readonly title: string | null
  readonly author: string | null
  readonly no_cache: boolean
  readonly priority: number
  readonly created_at: Date
  readonly started_at: Date | null
  readonly ended_at: Date | null
  readonly attempt: number
  readonly worker: string | null
  readonly job_id: string | null
  readonly stop_wanted: string | null
  readonly failure: BuildFailure | null
  readonly result: BuildOutcome | null
  readonly superseded_by: number | null
  /** When the next attempt may start. */
  readonly retry_at: Date | null
  readonly traceparent: string | null
}

export interface BuildsFilter {
  readonly project?: string
  readonly state?: BuildState
  readonly ref?: string
  readonly before?: number
  readonly limit?: number
}

/** Without columns that only the page of one build needs. */
const COLUMNS = `id, project, state, trigger, ref, commit_id, title, author, no_cache, priority, created_at, started_at,
  ended_at, attempt, worker, job_id, stop_wanted, failure, result, superseded_by, retry_at, traceparent`
const PAGE = 50

export async function findBuild(queries: Queries, id: number): Promise<BuildRow> {
  const row = await findBuildIfPresent(queries, id)
  if (row === undefined) throw missing('build', String(id))
  return row
}

/** Undefined if it was deleted with its project. */
export async function findBuildIfPresent(queries: Queries, id: number): Promise<BuildRow | undefined> {
  const { rows } = await queries.query<BuildRow>(`select ${COLUMNS} from builds where id = $1`, [id])
  return rows[0]
}

/** Newest first. */
export async function listBuilds(queries: Queries, filter: BuildsFilter): Promise<{ builds: Build[]; next?: number }> {
  const { project, state, ref, before, limit = PAGE } = filter
  const conditions = Object.entries({ 'project =': project, 'state =': state, 'ref =': ref, 'id <': before }).filter(
    ([, value]) => value !== undefined,
  )
  const where = conditions.map(([column], index) => `${column} $${index + 1}`).join(' and ')
  const { rows } = await queries.query<BuildRow>(
    `select ${COLUMNS} from builds ${where && `where ${where}`} order by id desc limit ${limit + 1}`,
    conditions.map(([, value]) => value),
  )
  const builds = rows.slice(0, limit).map(buildOf)
  const last = builds.at(-1)
  return { builds, ...(rows.length > limit && last !== undefined && { next: last.id }) }
}

export function buildOf(row: BuildRow): Build {
  return {
    id: row.id,
    project: row.project,
    state: row.state,
    trigger: row.trigger,
    ref: row.ref,
    ...(row.commit_id !== null && { commit: row.commit_id }),
    ...(row.title !== null && { title: row.title }),
    ...(row.author !== null && { author: row.author }),
    createdAt: row.created_at.toISOString(),
    ...(row.started_at && { startedAt: row.started_at.toISOString() }),
    ...(row.ended_at && { endedAt: row.ended_at.toISOString() }),
    attempt: row.attempt,
    ...(row.state === 'queued' && row.retry_at && { retryAt: row.retry_at.toISOString() }),
    ...(row.worker !== null && { worker: row.worker }),
    ...(row.failure && { failure: row.failure }),
    ...(row.result && { result: row.result }),
    ...(row.superseded_by !== null && { supersededBy: row.superseded_by }),
  }
}
