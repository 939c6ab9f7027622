import { streamSSE } from 'hono/streaming'
import { operations } from '../../api/index.ts'
import { buildOf, findBuild, findBuildIfPresent } from '../../state/builds.ts'
import { isDatabaseUnavailable } from '../../state/database.ts'
import type { Handler } from '../handler.ts'
import { numberIn, readQuery } from '../read-input.ts'
import { readLogInTurn } from '../read-log-in-turn.ts'
import { createSignalBox } from '../signal-box.ts'
import { KEEP_ALIVE_MS, streamBuild } from '../stream-build.ts'
import { whileAllowed } from '../while-allowed.ts'

const followBuild: Handler = async (c, { database, channels, closing, tokens }) => {
  const id = numberIn(c, 'build')
  await findBuild(database, id)
  const allowed = whileAllowed(c.get('holder'), { tokens, closing })
  const followed = {
    build: async () => buildOf(await findBuild(database, id)),
    events: readLogInTurn(database, id),
    listen: (wake: () => void) => {
      const wakeIfMine = (build: number | undefined): void => {
        if (build === undefined || build === id) wake()
      }
      const unlisten = [channels.listen('events', wakeIfMine), channels.listen('build', wakeIfMine)]
      return () => {
        allowed.end()
        for (const end of unlisten) end()
      }
    },
  }
  try {
    return streamBuild(c, followed, allowed.signal)
  } catch (error) {
    allowed.end()
    throw error
  }
}

/** State changes of all builds, from now on. */
const followServer: Handler = async (c, { database, channels, closing, tokens }) => {
  const { project } = readQuery(c, operations.followServer.query)
  c.header('x-accel-buffering', 'no')
  return streamSSE(c, async (stream) => {
    const allowed = whileAllowed(c.get('holder'), { tokens, closing })
    const box = createSignalBox(allowed.signal)
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
          const row = await findBuildIfPresent(database, id)
          if (row === undefined || (project !== undefined && row.project !== project)) continue
          await stream.writeSSE({ event: 'build', data: JSON.stringify({ kind: 'build', build: buildOf(row) }) })
        }
        if (changed.size === 0 && (await box.wait(KEEP_ALIVE_MS)) === 'timeout') await stream.write(': \n\n')
      }
    } catch (error) {
      if (!isDatabaseUnavailable(error)) throw error // otherwise the client reconnects, and reads the list then
    } finally {
      box.close()
      allowed.end()
      unlisten()
    }
  })
}

export const liveHandlers = { followBuild, followServer }
