import { hostname } from 'node:os'
import type { TakenJob } from '../queue/build-queue.ts'
import type { BuildRow } from '../state/builds.ts'
import { notify } from '../state/channels.ts'
import { isDatabaseGone } from '../state/database.ts'
import { type StoreUpkeep, startStoreUpkeep } from '../store-upkeep/start-store-upkeep.ts'
import { finishBuild } from './finish-build.ts'
import { runBuild, type StopReason } from './run-build.ts'
import type { WorkerContext } from './worker-context.ts'

export interface Worker {
  readonly running: number
  readonly stores: StoreUpkeep
  /** Takes nothing more; gives running builds the time, then hands them back. */
  drain(): Promise<void>
}

/** Missed notifications cost this much at most. */
const POLL_MS = 5000

/** Takes builds while slots are free: woken by notifications, polling as a net only. */
export async function startWorker(context: WorkerContext): Promise<Worker> {
  const { channels, config, database, id, logger, queue } = context
  const { slots, leaseSeconds, drainSeconds } = config.worker
  const active = new Map<number, ActiveBuild>()
  const stores = startStoreUpkeep({ ...context, isIdle: () => active.size === 0 })
  let draining = false
  let taking: Promise<void> | undefined
  let again = false

  const fill = async (): Promise<void> => {
    do {
      again = false
      while (!draining && active.size < slots) {
        const job = await queue.take()
        if (job === undefined) break
        await begin(job)
      }
    } while (again)
  }
  const wake = (): void => {
    again = true
    taking ??= fill()
      .catch((error: Error) => logger.warn({ err: error }, 'cannot take builds'))
      .finally(() => {
        taking = undefined
        if (again && !draining) setImmediate(wake)
        again = false
      })
  }
  const begin = async (job: TakenJob): Promise<void> => {
    const own = active.get(job.data.build)
    if (own !== undefined && !own.controller.signal.aborted) {
      own.lease.job = job // it expired while the database was away; the build goes on
      return
    }
    await own?.done
    const build = await claim(context, job)
    if (build === undefined) return
    const controller = new AbortController()
    const lease = { job }
    const done = work(context, { lease, build, controller, leaseSeconds, stores }).finally(() => {
      active.delete(build.id)
      if (active.size === 0) stores.onIdle()
      wake()
    })
    active.set(build.id, { controller, lease, attempt: build.attempt, done })
  }
  const unlisten = [
    channels.listen('queue', wake),
    channels.listen('build', (build) => void checkStops(context, active, build)),
  ]
  const poll = setInterval(wake, POLL_MS)
  const beat = setInterval(() => void seen(context, false), 10_000)
  await seen(context, false)
  wake()
  logger.info({ worker: id, slots }, 'worker started')
  return {
    get running() {
      return active.size
    },
    stores,
    drain: async () => {
      draining = true
      clearInterval(poll)
      await stores.stop()
      await seen(context, true)
      await taking
      const all = Promise.all([...active.values()].map(({ done }) => done))
      const timer = setTimeout(() => {
        for (const { controller } of active.values()) controller.abort({ kind: 'shutdown' } satisfies StopReason)
      }, drainSeconds * 1000)
      await all
      clearTimeout(timer)
      clearInterval(beat)
      for (const end of unlisten) end()
      await database.query('delete from workers where id = $1', [id]).catch(() => undefined)
    },
  }
}

/** Makes the build this worker's; undefined, with the job settled, if there is nothing to build any more. */
async function claim({ database, queue, id }: WorkerContext, job: TakenJob): Promise<BuildRow | undefined> {
  return database.transaction(async (queries) => {
    const { rows } = await queries.query<BuildRow>(
      `update builds set state = 'running', worker = $3, started_at = now(), failure = null,
         attempt = case when started_at is null then 1 else attempt + 1 end
       where id = $1 and job_id = $2 and state in ('queued', 'running') and stop_wanted is null returning *`,
      [job.data.build, job.id, id],
    )
    const [build] = rows
    if (build === undefined) {
      await queries.query(
        `update builds set state = stop_wanted, ended_at = now()
         where id = $1 and job_id = $2 and state in ('queued', 'running') and stop_wanted is not null`,
        [job.data.build, job.id],
      )
      await queue.settle(queries, job)
    } else if (build.attempt === 1) await queue.report(queries, [{ build: build.id, what: 'status' }])
    notify(queries, 'build', job.data.build)
    return build
  })
}

/** Replaced when the same worker takes the build's job again. */
interface Lease {
  job: TakenJob
}

interface ActiveBuild {
  readonly controller: AbortController
  readonly lease: Lease
  readonly attempt: number
  readonly done: Promise<void>
}

interface Work {
  readonly lease: Lease
  readonly build: BuildRow
  readonly controller: AbortController
  readonly leaseSeconds: number
  readonly stores: StoreUpkeep
}

async function work(context: WorkerContext, { lease, build, controller, leaseSeconds, stores }: Work): Promise<void> {
  const { channels, logger, projects, queue } = context
  const stop = (kind: StopReason['kind']): void => controller.abort({ kind } satisfies StopReason)
  const renew = (): void => {
    const isHeld = queue.touch(lease.job).then((held) => held || isStillMine(context, build))
    isHeld.then(
      (held) => held || stop('lease-lost'),
      (error: Error) => logger.warn({ err: error, build: build.id }, 'cannot renew the lease'),
    )
  }
  const renewal = setInterval(renew, leaseSeconds * 300)
  // The database was unreachable: renew at once, before a server considers the lease expired.
  const unlisten = channels.listen('build', (changed) => changed === undefined && renew())
  const project = await projects.find(build.project).catch(() => undefined)
  const timeout = setTimeout(() => stop('timeout'), (project?.settings.build.timeoutSeconds ?? 3600) * 1000)
  const about = { build: build.id, project: build.project, attempt: build.attempt }
  logger.info(about, 'build started')
  try {
    const ending = await runBuild(context, build, { signal: controller.signal })
    const failure = 'failure' in ending ? { failure: ending.failure.message } : {}
    if ('failure' in ending && ending.failure.code === 'SERVER_DISK_FULL') stores.hurry()
    logger.info({ ...about, state: ending.state, ...failure }, 'build ended')
    await finishBuild(context, lease.job, build, ending)
  } catch (error) {
    logger.error({ ...about, err: error }, 'cannot record the end of a build')
  } finally {
    clearInterval(renewal)
    unlisten()
    clearTimeout(timeout)
  }
}

/** An expired lease is a loss only once another worker has taken the build: until then this one may take it again. */
async function isStillMine({ database, id }: WorkerContext, build: BuildRow): Promise<boolean> {
  const { rowCount } = await database.query(
    `select from builds where id = $1 and attempt = $2 and worker = $3 and state = 'running'`,
    [build.id, build.attempt, id],
  )
  return rowCount === 1
}

interface StopRow {
  readonly id: number
  readonly attempt: number
  readonly stop_wanted: 'cancelled' | 'superseded' | null
}

/** After a lost connection every build is looked at. */
async function checkStops(
  { database }: WorkerContext,
  active: ReadonlyMap<number, ActiveBuild>,
  build: number | undefined,
): Promise<void> {
  const ids = build === undefined ? [...active.keys()] : active.has(build) ? [build] : []
  if (ids.length === 0) return
  const query = database.query<StopRow & { [key: string]: unknown }>(
    'select id, attempt, stop_wanted from builds where id = any($1)',
    [ids],
  )
  const rows = await query.then(
    (answer) => answer.rows,
    () => undefined,
  )
  if (rows === undefined) return
  const found = new Map(rows.map((row) => [row.id, row]))
  for (const id of ids) {
    const [own, row] = [active.get(id), found.get(id)]
    if (own === undefined) continue
    // Without a row, the project was deleted; with a later attempt, another worker builds it now.
    const isLost = row === undefined || row.attempt > own.attempt
    const kind = row?.stop_wanted ?? (isLost ? 'lease-lost' : undefined)
    if (kind !== undefined) own.controller.abort({ kind } satisfies StopReason)
  }
}

async function seen({ database, id, config, logger }: WorkerContext, draining: boolean): Promise<void> {
  try {
    await database.query(
      `insert into workers (id, host, slots, draining) values ($1, $2, $3, $4)
       on conflict (id) do update set seen_at = now(), draining = excluded.draining`,
      [id, hostname(), config.worker.slots, draining],
    )
    await database.query(`delete from workers where seen_at < now() - interval '1 hour'`)
  } catch (error) {
    if (!isDatabaseGone(error)) throw error
    logger.warn({ err: error }, 'the database does not answer')
  }
}
