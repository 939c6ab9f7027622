import { createPlainLog } from '../logs/plain-log.ts'
import type { FollowedBuild } from './stream-build.ts'

const PAGE = 200

/** The logs of all steps in the order written. */
export function downloadLog(read: FollowedBuild['events']): ReadableStream<Uint8Array> {
  const log = createPlainLog()
  const encoder = new TextEncoder()
  let after = 0
  return new ReadableStream({
    pull: async (controller) => {
      const events = await read({ after, limit: PAGE })
      after = events.at(-1)?.seq ?? after
      const isLast = events.length === 0
      controller.enqueue(encoder.encode(events.map(log.add).join('') + (isLast ? log.end() : '')))
      if (isLast) controller.close()
    },
  })
}
