import type { TestClock } from 'pg-boss'
import { pino } from 'pino'
import * as v from 'valibot'
import { configSchema } from '../../../server/config/config.ts'
import { type BuildQueue, openBuildQueue } from '../../../server/queue/build-queue.ts'
import { startUpkeep } from '../../../server/queue/start-upkeep.ts'
import type { Database } from '../../../server/state/database.ts'
import type { Projects } from '../../../server/state/projects.ts'
import { removeAfterFile } from '../../support/removed-afterwards.ts'

export interface Scheduler {
  readonly queue: BuildQueue
  /** Before the end of the test file. */
  stop(): Promise<void>
}

/** The scheduling of a server, with a test clock. */
export async function startScheduler(database: Database, projects: Projects, clock: TestClock): Promise<Scheduler> {
  // The clock jumps; the first server that stops removes the clock's table, which the other may be reading.
  const expected = ['heartbeat timed out', '__pgboss_test_clock']
  const onError = (error: Error): void => {
    if (!expected.some((text) => error.message.includes(text))) throw error
  }
  const queue = await openBuildQueue(database, { leaseSeconds: 30, supervises: true, onError, clock })
  const logger = pino({ level: 'silent' })
  const config = v.parse(configSchema, {})
  const upkeep = await startUpkeep({ database, queue, projects, config, logger, isEmbedded: false })
  const stop = removeAfterFile(async () => {
    upkeep.stop()
    await queue.stop()
  })
  return { queue, stop }
}
