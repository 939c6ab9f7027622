import { newProject, newSecret, newWebhookSecret, operations, plainName, projectSettings } from '../../api/index.ts'
import { checkSettings } from '../../check-settings.ts'
import { syncProject } from '../../queue/schedules.ts'
import { notify } from '../../state/channels.ts'
import { listDeliveries } from '../../state/deliveries.ts'
import type { Handler } from '../handler.ts'
import { badRequest, check, readJson, readQuery } from '../read-input.ts'

/** Path components that registries use, such as `/hooks/harbor`. */
const RESERVED = new Set(['harbor', 'docker-hub'])

const listProjects: Handler = async (c, { projects }) => c.json({ projects: await projects.list() })

const createProject: Handler = async (c, { projects, queue }) => {
  const { name, settings, webhookSecret } = await readJson(c, newProject)
  if (RESERVED.has(name)) throw badRequest(`name: "${name}" is the address of another webhook`)
  checkSettings(settings, queue)
  const secret = await projects.create(name, settings, webhookSecret)
  await syncProject(queue, projects, name)
  return c.json({ project: await projects.get(name), webhookSecret: secret }, 201)
}

const showProject: Handler = async (c, { projects }) => c.json(await projects.get(named(c, 'project')))

const updateProject: Handler = async (c, { projects, queue }) => {
  const settings = await readJson(c, projectSettings)
  checkSettings(settings, queue)
  const name = named(c, 'project')
  await projects.update(name, settings)
  await syncProject(queue, projects, name)
  return c.json(await projects.get(name))
}

const deleteProject: Handler = async (c, { projects, queue, database }) => {
  const name = named(c, 'project')
  await projects.get(name)
  await database.transaction(async (queries) => {
    // In the order of webhooks, which lock the project before its builds: otherwise each would wait for the other.
    await queries.query('select from projects where name = $1 for update', [name])
    const { rows } = await queries.query<{ id: number; job_id: string }>(
      `update builds set stop_wanted = 'cancelled' where project = $1 and state in ('queued', 'running') and job_id is not null
       returning id, job_id`,
      [name],
    )
    await queue.cancel(
      queries,
      rows.map(({ job_id }) => job_id),
    )
    for (const { id } of rows) notify(queries, 'build', id)
    await queries.query('delete from projects where name = $1', [name])
  })
  await syncProject(queue, projects, name)
  return c.body(null, 204)
}

const rotateWebhookSecret: Handler = async (c, { projects }) => {
  const isEmpty = c.req.header('content-type') === undefined
  const fresh = isEmpty ? check(newWebhookSecret, {}) : await readJson(c, newWebhookSecret)
  return c.json({ webhookSecret: await projects.rotateWebhookSecret(named(c, 'project'), fresh) })
}

const putSecret: Handler = async (c, { projects }) => {
  const name = check(plainName, named(c, 'secret'))
  const { value } = await readJson(c, newSecret)
  await projects.putSecret(named(c, 'project'), name, value)
  return c.body(null, 204)
}

const deleteSecret: Handler = async (c, { projects }) => {
  await projects.deleteSecret(named(c, 'project'), named(c, 'secret'))
  return c.body(null, 204)
}

const listProjectDeliveries: Handler = async (c, { database, projects }) => {
  const { name } = await projects.get(named(c, 'project'))
  return c.json(await listDeliveries(database, name, readQuery(c, operations.listDeliveries.query)))
}

function named(c: Parameters<Handler>[0], name: string): string {
  return c.req.param(name) ?? ''
}

export const projectHandlers = {
  listProjects,
  createProject,
  showProject,
  updateProject,
  deleteProject,
  rotateWebhookSecret,
  putSecret,
  deleteSecret,
  listDeliveries: listProjectDeliveries,
}
