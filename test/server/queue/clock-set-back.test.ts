import { beforeAll, expect, test, vi } from 'vitest'
import { openBuildQueue } from '../../../server/queue/build-queue.ts'
import { systemClock } from '../../../server/queue/clock-set-back.ts'
import type { Database } from '../../../server/state/database.ts'
import { useDebianDatabase } from '../support/debian-database.ts'

const opened = useDebianDatabase()
let database: Database

beforeAll(() => {
  database = opened()
})

test('a timer for a time that is 400 days ahead does not fire at once', () => {
  vi.useFakeTimers()
  try {
    const run = vi.fn()
    const timer = systemClock.setTimeout(run, 400 * 86_400_000)
    vi.advanceTimersByTime(20 * 86_400_000)
    expect(run).not.toHaveBeenCalled()
    systemClock.clearTimeout(timer)
    vi.advanceTimersByTime(20 * 86_400_000)
    expect(run).not.toHaveBeenCalled()
  } finally {
    vi.useRealTimers()
  }
})

test('a server that starts after the clock was set back looks for schedules and lost builds again', async () => {
  const options = { leaseSeconds: 30, supervises: true, onError: () => undefined }
  await (await openBuildQueue(database, options)).stop()
  await database.query(`update pgboss.version set cron_on = now() + interval '400 days'`)
  await database.query(
    `update pgboss.queue set monitor_claim_on = now() + interval '400 days', monitor_on = now() + interval '400 days'`,
  )
  const queue = await openBuildQueue(database, options)
  const ahead = async (table: string, column: string) =>
    (await database.query(`select from pgboss.${table} where ${column} > now()`)).rowCount
  expect([
    await ahead('version', 'cron_on'),
    await ahead('queue', 'monitor_claim_on'),
    await ahead('queue', 'monitor_on'),
  ]).toEqual([0, 0, 0])
  await queue.stop()
})
