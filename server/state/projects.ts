import type { Project, ProjectSettings } from '../api/index.ts'
import { ServerError } from '../errors.ts'
import type { Queries } from './database.ts'
import { missing } from './missing.ts'
import { allProjects, projectOf, projectsNamed } from './project-rows.ts'
import { openProjectSecrets, type ProjectSecrets } from './project-secrets.ts'
import type { SecretBox } from './secret-box.ts'
import { newWebhookSecret, openWebhookSecrets, type WebhookSecrets, webhookSecretName } from './webhook-secrets.ts'

export interface Projects extends ProjectSecrets, WebhookSecrets {
  list(): Promise<readonly Project[]>
  find(name: string): Promise<Project | undefined>
  /** SERVER_NOT_FOUND. */
  get(name: string): Promise<Project>
  /** SERVER_CONFLICT if the name is taken. Returns the webhook's secret. */
  create(name: string, settings: ProjectSettings, webhookSecret?: string): Promise<string>
  update(name: string, settings: ProjectSettings): Promise<void>
}

export function openProjects(queries: Queries, box: SecretBox, publicUrl?: string): Projects {
  const find = async (name: string): Promise<Project | undefined> => {
    const [row] = await projectsNamed(queries, [name])
    return row && projectOf(row, publicUrl)
  }
  return {
    ...openProjectSecrets(queries, box),
    ...openWebhookSecrets(queries, box, publicUrl),
    find,
    list: async () => (await allProjects(queries)).map((row) => projectOf(row, publicUrl)),
    get: async (name) => {
      const project = await find(name)
      if (project === undefined) throw missing('project', name)
      return project
    },
    create: async (name, settings, webhookSecret = newWebhookSecret()) => {
      const query = 'insert into projects (name, settings, webhook_secret) values ($1, $2, $3) on conflict do nothing'
      const sealed = box.seal(webhookSecretName(name), webhookSecret)
      const { rowCount } = await queries.query(query, [name, settings, sealed])
      if (rowCount === 0) throw taken(name)
      return webhookSecret
    },
    update: async (name, settings) => {
      const query = 'update projects set settings = $2, updated_at = now() where name = $1'
      const { rowCount } = await queries.query(query, [name, settings])
      if (rowCount === 0) throw missing('project', name)
    },
  }
}

function taken(name: string): ServerError {
  return new ServerError('SERVER_CONFLICT', `Cannot create project "${name}": already exists`, {
    hint: 'Choose another name, or update the project',
  })
}
