import type { Queries } from '../state/database.ts'
import { projectOf, projectsNamed } from '../state/project-rows.ts'
import type { BuildQueue } from './build-queue.ts'

export interface EndedBuild {
  readonly id: number
  readonly project: string
  readonly state: string
}

/**
 * Queues the commit status of a build that has just ended, and the notifications that its project requests for this
 * state.
 */
export async function reportEnd(
  queries: Queries,
  queue: BuildQueue,
  { id, project, state }: EndedBuild,
): Promise<void> {
  const [row] = await projectsNamed(queries, [project])
  const notifications = row === undefined ? [] : projectOf(row, undefined).settings.notifications
  const matching = notifications.filter(({ on }) => on.some((one) => one === state))
  const jobs = matching.map(({ url }) => ({ build: id, what: { notification: url } }))
  await queue.report(queries, [{ build: id, what: 'status' }, ...jobs])
}
