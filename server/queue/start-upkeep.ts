import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import type { ServerConfig } from '../config/config.ts'
import { notify } from '../state/channels.ts'
import type { Database, Queries } from '../state/database.ts'
import type { Projects } from '../state/projects.ts'
import { type BuildJob, type BuildQueue, type ClaimedJob, QUEUES, type ScheduleJob } from './build-queue.ts'
import { enqueueBuild } from './enqueue-build.ts'
import { reportEnd } from './report-end.ts'
import { scheduledRef, syncProject } from './schedules.ts'

export interface UpkeepParts {
  readonly database: Database
  readonly queue: BuildQueue
  readonly projects: Projects
  readonly config: ServerConfig
  readonly logger: Logger
  readonly isEmbedded: boolean
}

const SWEEP_MS = 15 * 60_000

/** Background work of a server: schedules, builds whose workers were lost too often, old builds. */
export async function startUpkeep(parts: UpkeepParts): Promise<{ stop(): void }> {
  const { queue, logger, isEmbedded } = parts
  if (isEmbedded) await reclaimAll(parts)
  // A server that exited between a change of a project and its schedules left them inconsistent.
  for (const { name } of await parts.projects.list()) await syncProject(queue, parts.projects, name)
  const polling = { pollingIntervalSeconds: 5, notifyPollingIntervalSeconds: 10 }
  await queue.boss.work<ScheduleJob>(QUEUES.schedule, polling, async ([job]) => job && runSchedule(parts, job))
  await queue.boss.work<BuildJob>(QUEUES.lost, polling, async ([job]) => job && giveUp(parts, job.data))
  const sweep = (): void => {
    removeOld(parts).catch((error: Error) => logger.warn({ err: error }, 'cannot remove old builds'))
  }
  const timer = setInterval(sweep, SWEEP_MS)
  sweep()
  return { stop: () => clearInterval(timer) }
}

/**
 * When the only server of an embedded database starts, running builds died with the previous server: there is no need
 * to wait for their leases.
 */
async function reclaimAll({ database, queue, projects, logger }: UpkeepParts): Promise<void> {
  const { rows } = await database.query<{ id: number; project: string; job_id: string | null; priority: number }>(
    `select id, project, job_id, priority from builds where state = 'running' order by id`,
  )
  for (const { id, project, job_id, priority } of rows) {
    const settings = (await projects.find(project))?.settings
    if (settings === undefined) continue
    await database.transaction(async (queries) => {
      const isBack = job_id !== null && (await queue.putBack(queries, job_id))
      const job = isBack ? job_id : randomUUID()
      const options = { id: job, project, concurrency: settings.concurrency, priority }
      if (!isBack) await queue.send(queries, [{ job: { build: id }, options }])
      await queries.query(`update builds set state = 'queued', worker = null, job_id = $2 where id = $1`, [id, job])
      notify(queries, 'build', id)
    })
    logger.info({ build: id }, 'build requeued from a stopped server')
  }
  await database.query('delete from workers')
}

async function runSchedule({ database, queue, projects }: UpkeepParts, job: ClaimedJob<ScheduleJob>): Promise<void> {
  const { project, schedule } = job.data
  const settings = (await projects.find(project))?.settings
  const entry = settings?.triggers.schedules.find(({ name }) => name === schedule)
  if (settings === undefined || entry === undefined || !settings.enabled) return
  const ref = scheduledRef(entry)
  const trigger = { kind: 'schedule', by: schedule } as const
  const build = { project, settings, trigger, ref, noCache: entry.noCache }
  await database.transaction(async (queries) => {
    // In the same transaction: a server that is killed after it would start the build twice.
    if (await queue.settleSchedule(queries, job)) await enqueueBuild(queries, queue, build)
  })
}

async function giveUp({ database, queue }: UpkeepParts, { build }: BuildJob): Promise<void> {
  const message = `Cannot finish build "${build}": its worker was lost repeatedly`
  const hint = 'Check the memory and the log of the workers, then retry the build'
  await database.transaction(async (queries) => {
    const { rows } = await queries.query<{ project: string; state: string }>(
      `update builds set state = 'failed', ended_at = now(), failure = $2
       where id = $1 and state in ('queued', 'running') returning project, state`,
      [build, { code: 'SERVER_BUILD_LOST', message, hint }],
    )
    if (rows[0] !== undefined) await reportEnd(queries, queue, { ...rows[0], id: build })
    notify(queries, 'build', build)
  })
}

async function removeOld({ database, config }: UpkeepParts): Promise<void> {
  const { buildDays, logDays } = config.retention
  const older = (days: number): string => `ended_at < now() - interval '${days} days'`
  if (buildDays > 0)
    await inBatches(
      database,
      `delete from builds where id in (select id from builds where ${older(buildDays)} limit 500)`,
    )
  if (logDays > 0) {
    await inBatches(
      database,
      `with old as (select id from builds where has_log and ${older(logDays)} limit 100),
         gone as (delete from build_events where build in (select id from old) and kind in ('log', 'earlier-log'))
       update builds set has_log = false where id in (select id from old)`,
    )
  }
  if (buildDays > 0) {
    await inBatches(
      database,
      `delete from deliveries where id in (select d.id from deliveries d
      where received_at < now() - interval '${buildDays} days' limit 500)`,
    )
  }
}

async function inBatches(queries: Queries, statement: string): Promise<void> {
  while (((await queries.query(statement)).rowCount ?? 0) > 0);
}
