import type { Logger } from 'pino'
import type { Project } from '../api/index.ts'
import { GIT_TOKEN } from '../checkout/git-environment.ts'
import type { ServerConfig } from '../config/config.ts'
import { type BuildQueue, QUEUES, type ReportJob } from '../queue/build-queue.ts'
import { type BuildRow, buildOf, findBuildIfPresent } from '../state/builds.ts'
import type { Database, Queries } from '../state/database.ts'
import type { Projects } from '../state/projects.ts'
import { statusRequest } from './commit-status.ts'
import { notificationRequest } from './notification.ts'
import { sendJson } from './send-json.ts'

export interface ReportParts {
  readonly database: Database
  readonly queue: BuildQueue
  readonly projects: Projects
  readonly config: ServerConfig
  readonly logger: Logger
}

/** Sends commit statuses and notifications; retries with increasing delays. A failed report does not fail the build. */
export async function startReports(parts: ReportParts): Promise<void> {
  const options = { pollingIntervalSeconds: 5, notifyPollingIntervalSeconds: 5, localConcurrency: 4 }
  await parts.queue.boss.work<ReportJob>(QUEUES.report, options, async ([job]) => {
    if (job === undefined) return
    await sendReport(parts, job.data).catch((error: Error) => {
      parts.logger.warn({ err: error, ...job.data }, 'cannot report a build')
      throw error
    })
  })
}

/** Reports the current state of the build, not that at the time of queueing: late reports do no harm. */
async function sendReport(parts: ReportParts, job: ReportJob): Promise<void> {
  const { database, projects } = parts
  const find = () => findBuildIfPresent(database, job.build)
  for (let row = await find(); ; ) {
    const project = row && (await projects.find(row.project))
    if (row === undefined || project === undefined) return // deleted concurrently
    if (job.what === 'status' && (await isBuiltAgain(database, row))) return
    await send(parts, { project, row, what: job.what })
    const now = await find()
    // Another report may have overtaken this one, which then was the last that the forge received.
    if (job.what !== 'status' || now?.state === row.state) return
    row = now
  }
}

/** The commit has the status of its newest build. */
async function isBuiltAgain(queries: Queries, { id, project, ref, commit_id }: BuildRow): Promise<boolean> {
  const { rows } = await queries.query(
    'select from builds where project = $1 and ref = $2 and commit_id = $3 and id > $4 limit 1',
    [project, ref, commit_id, id],
  )
  return rows.length > 0
}

interface Report {
  readonly project: Project
  readonly row: BuildRow
  readonly what: ReportJob['what']
}

async function send({ projects, config }: ReportParts, { project, row, what }: Report): Promise<void> {
  const build = buildOf(row)
  const { id } = build
  const { repository, notifications } = project.settings
  const targetUrl = config.publicUrl && `${config.publicUrl.replace(/\/$/, '')}/builds/${id}`
  const secrets = await projects.secrets(project.name)
  if (what !== 'status') {
    const { secret } = notifications.find(({ url }) => url === what.notification) ?? {}
    const key = secret === undefined ? undefined : secrets.get(secret)
    return sendJson(what.notification, notificationRequest(build, { secret: key, targetUrl, nowMs: Date.now() }))
  }
  const token = secrets.get(GIT_TOKEN)
  if (!repository.commitStatus || token === undefined) return
  const request = statusRequest({ build, repository, token, targetUrl })
  if (request !== undefined) await sendJson(request.url, { ...request, body: JSON.stringify(request.body) })
}
