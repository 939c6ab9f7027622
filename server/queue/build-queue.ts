import { type Clock, type JobInsert, PgBoss } from 'pg-boss'
import type { Database, Queries } from '../state/database.ts'
import { forgetFutureTimes, systemClock } from './clock-set-back.ts'

export interface BuildJob {
  readonly build: number
}

/** A lease on a job: lost once another worker takes the same job. */
export interface ClaimedJob<Data = BuildJob> {
  readonly id: string
  readonly retryCount: number
  readonly data: Data
}

export interface ReportJob {
  readonly build: number
  /** Position in the project's notifications, or the commit's status. */
  readonly what: 'status' | { readonly notification: string }
}

export interface ScheduleJob {
  readonly project: string
  readonly schedule: string
}

/** Interface to pg-boss, which stores the jobs: one job is one attempt of a build. */
export interface BuildQueue {
  readonly boss: PgBoss
  /** Within the caller's transaction, like `report`, `settle` and `cancel`. */
  send(queries: Queries, jobs: readonly NewJob[]): Promise<void>
  report(queries: Queries, jobs: readonly ReportJob[]): Promise<void>
  /** The next build that may run: by priority, at most `concurrency` of a project at the same time. */
  take(): Promise<ClaimedJob | undefined>
  /** Renews the lease. False if it was lost. */
  touch(job: ClaimedJob): Promise<boolean>
  /** The attempt has ended, with any result. */
  settle(queries: Queries, job: ClaimedJob): Promise<void>
  /** False if the lease was lost. */
  settleSchedule(queries: Queries, job: ClaimedJob<ScheduleJob>): Promise<boolean>
  /** Back to its place, before builds that were queued later. False if it has ended, or the lease was lost. */
  putBack(queries: Queries, job: string | ClaimedJob): Promise<boolean>
  cancel(queries: Queries, ids: readonly string[]): Promise<void>
  stop(): Promise<void>
}

export interface NewJob {
  readonly job: BuildJob
  readonly options: SendOptions
}

export interface SendOptions {
  readonly id: string
  readonly project: string
  readonly concurrency: number
  readonly priority: number
  readonly delaySeconds?: number
}

export const QUEUES = { build: 'build', lost: 'build-lost', report: 'report', schedule: 'schedule' } as const

/** pg-boss has limits per tier of a group, and a project is a group: the tier's name is the limit. */
const TIERS = Object.fromEntries(Array.from({ length: 64 }, (_, index) => [String(index + 1), index + 1]))

export interface QueueOptions {
  readonly leaseSeconds: number
  /** Servers find lost leases and start schedules; workers do not. */
  readonly supervises: boolean
  readonly onError: (error: Error) => void
  /** For tests. */
  readonly clock?: Clock
}

export async function openBuildQueue(database: Database, options: QueueOptions): Promise<BuildQueue> {
  const boss = new PgBoss({
    ...(database.connection as object),
    max: 4,
    schema: 'pgboss',
    supervise: options.supervises,
    schedule: options.supervises,
    superviseIntervalSeconds: 5,
    monitorIntervalSeconds: 5,
    useListenNotify: options.supervises,
    clock: options.clock ?? systemClock,
  })
  boss.on('error', options.onError)
  if (options.supervises && options.clock === undefined) await forgetFutureTimes(database)
  await boss.start()
  await createQueues(boss, options.leaseSeconds)
  return {
    boss,
    send: (queries, jobs) => insert({ boss, queue: QUEUES.build }, queries, jobs.map(insertedJob)),
    report: (queries, jobs) =>
      insert(
        { boss, queue: QUEUES.report },
        queries,
        jobs.map((data) => ({ data })),
      ),
    take: () => database.transaction((queries) => takeAlone(boss, queries)),
    touch: async ({ id, retryCount }) => affected(await boss.touch(QUEUES.build, { id, retryCount })) > 0,
    settle: async (queries, { id, retryCount }) => {
      await boss.complete(QUEUES.build, { id, retryCount }, null, { db: adapt(queries) })
    },
    settleSchedule: async (queries, { id, retryCount }) =>
      affected(await boss.complete(QUEUES.schedule, { id, retryCount }, null, { db: adapt(queries) })) > 0,
    putBack: (queries, job) => putBack(boss, queries, job),
    cancel: async (queries, ids) => {
      if (ids.length > 0) await boss.cancel(QUEUES.build, [...ids], { db: adapt(queries) })
    },
    stop: () => boss.stop({ graceful: true, timeout: 5000 }),
  }
}

/** An arbitrary number: workers take one after the other. */
const TAKE_LOCK = 7_283_203

/**
 * The limit of a project counts the jobs that are taken already: workers that take at the same time would not count
 * each other's.
 */
async function takeAlone(boss: PgBoss, queries: Queries): Promise<ClaimedJob | undefined> {
  // The timeout is for a worker that is suspended while it has the lock.
  const lock = `select set_config('idle_in_transaction_session_timeout', '10s', true), pg_advisory_xact_lock($1)`
  await queries.query(lock, [TAKE_LOCK])
  const groupConcurrency = { default: 1, tiers: TIERS }
  const [job] = await boss.fetch<BuildJob>(QUEUES.build, { batchSize: 1, groupConcurrency, db: adapt(queries) })
  return job
}

/** A job that is cancelled and resumed keeps its time of creation, and jobs are fetched in this order. */
async function putBack(boss: PgBoss, queries: Queries, job: string | ClaimedJob): Promise<boolean> {
  const db = adapt(queries)
  const [id, attempt] = typeof job === 'string' ? [job, job] : [job.id, { id: job.id, retryCount: job.retryCount }]
  if (affected(await boss.cancel(QUEUES.build, attempt, { db })) === 0) return false
  return affected(await boss.resume(QUEUES.build, id, { db })) > 0
}

async function insert(
  { boss, queue }: { readonly boss: PgBoss; readonly queue: string },
  queries: Queries,
  jobs: JobInsert<object>[],
): Promise<void> {
  if (jobs.length > 0) await boss.insert(queue, jobs, { db: adapt(queries) })
}

function insertedJob({ job, options }: NewJob): JobInsert<BuildJob> {
  const { id, project, concurrency, priority, delaySeconds = 0 } = options
  const group = { id: project, tier: String(concurrency) }
  return { id, data: job, priority, group, ...(delaySeconds > 0 && { startAfter: delaySeconds }) }
}

async function createQueues(boss: PgBoss, leaseSeconds: number): Promise<void> {
  const day = 86_400
  const common = { retentionSeconds: 30 * day, deleteAfterSeconds: 3600 }
  await boss.createQueue(QUEUES.lost, { ...common, notify: true })
  await boss.createQueue(QUEUES.build, {
    ...common,
    expireInSeconds: day - 1,
    heartbeatSeconds: leaseSeconds,
    retryLimit: 3, // for lost leases; other retries are new jobs
    deadLetter: QUEUES.lost,
  })
  await boss.createQueue(QUEUES.report, {
    ...common,
    notify: true,
    expireInSeconds: 60,
    retryLimit: 8,
    retryDelay: 5,
    retryBackoff: true,
    retryDelayMax: 900,
  })
  await boss.createQueue(QUEUES.schedule, { ...common, notify: true, retryLimit: 3 })
}

function affected(response: object): number {
  return (response as { readonly affected?: number }).affected ?? 0
}

function adapt(queries: Queries) {
  return { executeSql: (text: string, values?: unknown[]) => queries.query(text, values) }
}
