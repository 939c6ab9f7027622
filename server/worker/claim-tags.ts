import { setTimeout } from 'node:timers/promises'
import type { BuildRow } from '../state/builds.ts'
import type { Queries } from '../state/database.ts'
import { retryDatabase } from '../state/retry-database.ts'
import type { WorkerContext } from './worker-context.ts'

interface WantedTags {
  readonly references: readonly string[]
  readonly signal: AbortSignal
}

const POLL_MS = 300

/**
 * The tags that a build may set: none moves from the image of a newer push to that of an older one, in whatever order
 * the builds end. Waits while the build of an older push sets one of them. Users move any tag by choosing a commit.
 * Undefined if the build is stopped meanwhile.
 */
export async function claimTags(
  { database }: Pick<WorkerContext, 'database'>,
  build: BuildRow,
  { references, signal }: WantedTags,
): Promise<readonly string[] | undefined> {
  const { chosenCommit, fork } = build.trigger
  if (chosenCommit === true || fork === true) return references // builds of forks push nothing
  while (!signal.aborted) {
    const claimed = await retryDatabase(() => database.transaction((queries) => tryClaim(queries, build, references)))
    if (claimed !== undefined) return claimed
    await setTimeout(POLL_MS)
  }
  return undefined
}

/** Undefined while an older build that has claimed one of the tags is running. */
async function tryClaim(
  queries: Queries,
  { id, project, trigger }: BuildRow,
  references: readonly string[],
): Promise<readonly string[] | undefined> {
  const place = trigger.retryOf ?? id
  await queries.query('select from projects where name = $1 for no key update', [project])
  const { rowCount } = await queries.query(
    `select from pushed_tags tag join builds on builds.id = tag.build join workers on workers.id = builds.worker
     where tag.project = $1 and tag.reference = any($2) and tag.place < $3 and builds.state = 'running'
       and workers.seen_at > now() - interval '30 seconds'`,
    [project, references, place],
  )
  if (rowCount !== 0) return undefined
  const { rows } = await queries.query<{ reference: string }>(
    `insert into pushed_tags (project, reference, build, place)
     select $1, reference, $3, $4 from unnest($2::text[]) reference
     on conflict (project, reference) do update set build = excluded.build, place = excluded.place
       where pushed_tags.place <= excluded.place
     returning reference`,
    [project, references, id, place],
  )
  return rows.map(({ reference }) => reference)
}
