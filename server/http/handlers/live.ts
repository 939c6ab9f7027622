import { streamSSE } from 'hono/streaming'
import * as v from 'valibot'
import { operations, projectName } from '../../api/index.ts'
import { readEvents } from '../../logs/read-events.ts'
import { buildOf, findBuild } from '../../state/builds.ts'
import type { Handler } from '../handler.ts'
import { numberIn, readQuery } from '../read-input.ts'
import { createSignalBox } from '../signal-box.ts'

const PAGE = 200
/** Proxies close what is silent for longer; and what a lost notification costs at most. */
const KEEP_ALIVE_MS = 10_000

/** Events of one build from `Last-Event-ID` on, until it has ended. */
const followBuild: Handler = async (c, { database, channels, closing }) => {
  const id = numberIn(c, 'build')
  await findBuild(database, id)
  const last = Number(c.req.header('last-event-id') ?? readQuery(c, operations.followBuild.query).after ?? 0)
  let after = Number.isSafeInteger(last) && last >= 0 ? last : 0
  c.header('x-accel-buffering', 'no')
  return streamSSE(c, async (stream) => {
    const box = createSignalBox(closing)
    const wake = (build: number | undefined): void => {
      if (build === undefined || build === id) box.signal()
    }
    const unlisten = [channels.listen('events', wake), channels.listen('build', wake)]
    stream.onAbort(box.close)
    let shown = ''
    try {
      while (!box.isClosed()) {
        const build = buildOf(await findBuild(database, id))
        const events = await readEvents(database, id, { after, limit: PAGE })
        for (const event of events) {
          after = event.seq
          await stream.writeSSE({ event: event.kind, id: String(after), data: JSON.stringify(event) })
        }
        const isOver = build.endedAt !== undefined && events.length < PAGE
        const text = JSON.stringify({ kind: 'build', seq: after, build })
        const key = JSON.stringify(build)
        if (key !== shown && (build.endedAt === undefined || isOver)) {
          await stream.writeSSE({ event: 'build', id: String(after), data: text })
          shown = key
        }
        if (isOver) return
        if (events.length < PAGE && (await box.wait(KEEP_ALIVE_MS)) === 'timeout') await stream.write(': \n\n')
      }
    } finally {
      for (const end of unlisten) end()
    }
  })
}

/** Changes of all builds' states, from now on. */
const followServer: Handler = async (c, { database, channels, closing }) => {
  const { project } = readQuery(c, v.object({ project: v.exactOptional(projectName) }))
  c.header('x-accel-buffering', 'no')
  return streamSSE(c, async (stream) => {
    const box = createSignalBox(closing)
    const changed = new Set<number>()
    const unlisten = channels.listen('build', (build) => {
      if (build !== undefined) changed.add(build)
      box.signal()
    })
    stream.onAbort(box.close)
    try {
      await stream.write(': \n\n')
      while (!box.isClosed()) {
        for (const id of [...changed]) {
          changed.delete(id)
          const row = await findBuild(database, id).catch(() => undefined) // deleted with its project
          if (row === undefined || (project !== undefined && row.project !== project)) continue
          await stream.writeSSE({ event: 'build', data: JSON.stringify({ kind: 'build', build: buildOf(row) }) })
        }
        if (changed.size === 0 && (await box.wait(KEEP_ALIVE_MS)) === 'timeout') await stream.write(': \n\n')
      }
    } finally {
      unlisten()
    }
  })
}

export const liveHandlers = { followBuild, followServer }
