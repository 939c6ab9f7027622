import PQueue from 'p-queue'
import { readEvents } from '../logs/read-events.ts'
import type { Queries } from '../state/database.ts'
import type { FollowedBuild } from './stream-build.ts'

/** Fewer than the connections of the database: readers of logs leave some to all other requests. */
const AT_ONCE = 2

const turns = new PQueue({ concurrency: AT_ONCE })

/**
 * Events of a build for one reader. Of all readers, the one that has read the fewest pages since it was at the end is
 * served first: many readers of long logs delay neither other requests nor those who follow a running build.
 */
export function readLogInTurn(queries: Queries, build: number): FollowedBuild['events'] {
  let pages = 0
  return async (place) => {
    const events = await turns.add(() => readEvents(queries, build, place), { priority: -pages })
    pages = events.length === 0 ? 0 : pages + 1
    return events
  }
}
