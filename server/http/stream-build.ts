import type { Context } from 'hono'
import { streamSSE } from 'hono/streaming'
import { type Build, type BuildLiveEvent, operations } from '../api/index.ts'
import { readQuery } from './read-input.ts'
import { createSignalBox } from './signal-box.ts'

/** A build that can be followed, wherever it is stored. */
export interface FollowedBuild {
  build(): Promise<Build>
  /** Empty only after the last event. */
  events(place: { readonly after: number; readonly limit: number }): Promise<readonly BuildLiveEvent[]>
  /** Calls `wake` when there may be new events. Returns a function that stops listening. */
  listen(wake: () => void): () => void
}

const PAGE = 200
/** Proxies close connections that are idle for longer. Also the maximum delay after a lost notification. */
export const KEEP_ALIVE_MS = 10_000

/** Events of one build from `Last-Event-ID` on, until it has ended. */
export function streamBuild(c: Context, followed: FollowedBuild, closing: AbortSignal): Response {
  const last = Number(c.req.header('last-event-id') ?? readQuery(c, operations.followBuild.query).after ?? 0)
  let after = Number.isSafeInteger(last) && last >= 0 ? last : 0
  c.header('x-accel-buffering', 'no')
  return streamSSE(c, async (stream) => {
    const box = createSignalBox(closing)
    const unlisten = followed.listen(box.signal)
    stream.onAbort(box.close)
    let shown = ''
    try {
      while (!box.isClosed()) {
        const build = await followed.build()
        const events = await followed.events({ after, limit: PAGE })
        for (const event of events) {
          after = event.seq
          await stream.writeSSE({ event: event.kind, id: String(after), data: JSON.stringify(event) })
        }
        const isOver = build.endedAt !== undefined && events.length === 0
        const key = JSON.stringify(build)
        if (key !== shown && (build.endedAt === undefined || isOver)) {
          const data = JSON.stringify({ kind: 'build', seq: after, build })
          await stream.writeSSE({ event: 'build', id: String(after), data })
          shown = key
        }
        if (isOver) return
        if (events.length === 0 && (await box.wait(KEEP_ALIVE_MS)) === 'timeout') await stream.write(': \n\n')
      }
    } finally {
      box.close() // otherwise `closing` would keep it
      unlisten()
    }
  })
}
