import { messageOf } from '../../layer-store/index.ts'
import type { ProjectSettings } from '../api/index.ts'
import { ServerError } from '../errors.ts'
import { type BuildQueue, QUEUES, type ScheduleJob } from './build-queue.ts'

/** Makes pg-boss's schedules those of the project; none where it is gone or disabled. */
export async function syncSchedules(
  { boss }: BuildQueue,
  project: string,
  settings: ProjectSettings | undefined,
): Promise<void> {
  const wanted = settings?.enabled === true ? settings.triggers.schedules : []
  const keys = new Set(wanted.map(({ name }) => keyOf(project, name)))
  for (const { key } of await boss.getSchedules(QUEUES.schedule)) {
    if (key.startsWith(`${project}/`) && !keys.has(key)) await boss.unschedule(QUEUES.schedule, key)
  }
  for (const { name, cron, timeZone } of wanted) {
    const job: ScheduleJob = { project, schedule: name }
    await boss.schedule(QUEUES.schedule, cron, job, { tz: timeZone, key: keyOf(project, name) })
  }
}

/** Refuses what pg-boss can't read, before anything is saved. */
export function checkSchedules({ boss }: BuildQueue, { triggers }: ProjectSettings): void {
  for (const { name, cron, timeZone } of triggers.schedules) {
    try {
      boss.previewSchedule(cron, { tz: timeZone, count: 1 })
    } catch (cause) {
      throw new ServerError('SERVER_BAD_CONFIG', `Cannot use schedule "${name}": ${messageOf(cause)}`, {
        hint: 'Write "cron" as five fields, such as "0 3 * * *", and "timeZone" as in Europe/Vienna',
        cause,
      })
    }
  }
}

function keyOf(project: string, schedule: string): string {
  return `${project}/${schedule}`
}
