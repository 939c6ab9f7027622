import { messageOf } from '../../errors/index.ts'
import type { ProjectSettings } from '../api/index.ts'
import { ServerError } from '../errors.ts'
import type { Projects } from '../state/projects.ts'
import { type BuildQueue, QUEUES, type ScheduleJob } from './build-queue.ts'

/** Updates pg-boss's schedules to those of the project; removes them if it was deleted or disabled. */
export async function syncSchedules(
  { boss }: BuildQueue,
  project: string,
  settings: ProjectSettings | undefined,
): Promise<void> {
  const expected = settings?.enabled === true ? settings.triggers.schedules : []
  const keys = new Set(expected.map(({ name }) => keyOf(project, name)))
  for (const { key } of await boss.getSchedules(QUEUES.schedule)) {
    if (key.startsWith(`${project}/`) && !keys.has(key)) await boss.unschedule(QUEUES.schedule, key)
  }
  for (const { name, cron, timeZone } of expected) {
    const job: ScheduleJob = { project, schedule: name }
    await boss.schedule(QUEUES.schedule, cron, job, { tz: timeZone, key: keyOf(project, name) })
  }
}

/** Uses the project's current schedules, even if it is changed concurrently. */
export async function syncProject(queue: BuildQueue, projects: Projects, name: string): Promise<void> {
  for (let synced: string | undefined; ; ) {
    const project = await projects.find(name)
    if (synced !== undefined && project?.updatedAt === synced) return
    await syncSchedules(queue, name, project?.settings)
    if (project === undefined) return
    synced = project.updatedAt
  }
}

/** Refuses schedules that pg-boss cannot parse, before they are saved. */
export function checkSchedules({ boss }: BuildQueue, { triggers }: ProjectSettings): void {
  const { schedules } = triggers
  for (const [index, { name, cron, timeZone }] of schedules.entries()) {
    if (schedules.findIndex((other) => other.name === name) < index)
      throw unusable(name, 'another schedule has the same name', 'Use a unique name for each schedule')
    if (!/^(@\w+|\S+(\s+\S+){4})$/.test(cron.trim())) throw unusable(name, `"${cron}" does not have five fields`)
    try {
      boss.previewSchedule(cron, { tz: timeZone, count: 1 })
    } catch (cause) {
      throw unusable(name, messageOf(cause))
    }
  }
}

/** A branch, unless the ref is full. */
export function scheduledRef({ ref }: { readonly ref: string }): string {
  return ref.startsWith('refs/') ? ref : `refs/heads/${ref}`
}

const FORM = 'Write "cron" as five fields, such as "0 3 * * *", and "timeZone" as in Europe/Vienna'

function unusable(name: string, reason: string, hint = FORM): ServerError {
  return new ServerError('SERVER_BAD_CONFIG', `Cannot use schedule "${name}": ${reason}`, { hint })
}

function keyOf(project: string, schedule: string): string {
  return `${project}/${schedule}`
}
