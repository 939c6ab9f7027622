import { randomBytes } from 'node:crypto'
import * as v from 'valibot'
import { type Project, type ProjectSettings, projectSettings } from '../api/index.ts'
import { ServerError } from '../errors.ts'
import type { Queries } from './database.ts'
import { inBatches } from './in-batches.ts'
import type { SecretBox } from './secret-box.ts'

interface ProjectRow {
  readonly name: string
  readonly settings: unknown
  readonly webhook_secret: Buffer
  readonly created_at: Date
  readonly updated_at: Date
  readonly secret_names: string[]
}

const SELECT = `select p.*, coalesce((select array_agg(s.name order by s.name) from project_secrets s where s.project = p.name), '{}') as secret_names from projects p`

export interface WebhookProject {
  readonly project: Project
  readonly secret: string
}

export interface Projects {
  list(): Promise<readonly Project[]>
  find(name: string): Promise<Project | undefined>
  /** SERVER_NOT_FOUND. */
  get(name: string): Promise<Project>
  /** SERVER_CONFLICT if the name is taken. Gives the webhook's secret. */
  create(name: string, settings: ProjectSettings, webhookSecret?: string): Promise<string>
  update(name: string, settings: ProjectSettings): Promise<void>
  delete(name: string): Promise<void>
  /** With the secret that its webhooks are signed with. */
  getWithWebhookSecret(name: string): Promise<WebhookProject>
  rotateWebhookSecret(name: string): Promise<string>
  putSecret(name: string, secret: string, value: string): Promise<void>
  deleteSecret(name: string, secret: string): Promise<void>
  secrets(name: string): Promise<ReadonlyMap<string, string>>
}

export function openProjects(queries: Queries, box: SecretBox, publicUrl?: string): Projects {
  const projectOf = (row: ProjectRow): Project => readProject(row, publicUrl)
  const webhookPlace = (name: string): string => `${name}/:webhook`
  const found = async (name: string): Promise<ProjectRow | undefined> =>
    (await queries.query<ProjectRow & { [key: string]: unknown }>(`${SELECT} where p.name = $1`, [name])).rows[0]
  const findForWebhook = inBatches<string, WebhookProject | undefined>(200, async (names) => {
    const wanted = [...new Set(names)]
    const { rows } = await queries.query<ProjectRow & { [key: string]: unknown }>(`${SELECT} where p.name = any($1)`, [
      wanted,
    ])
    const opened = new Map<string, WebhookProject>()
    for (const row of rows) {
      const { name, webhook_secret } = row
      opened.set(name, { project: projectOf(row), secret: box.open(webhookPlace(name), webhook_secret) })
    }
    return names.map((name) => opened.get(name))
  })
  const mustExist = async (name: string, result: Promise<{ readonly rowCount: number | null }>): Promise<void> => {
    if ((await result).rowCount === 0) throw missing('project', name)
  }
  return {
    list: async () =>
      (await queries.query<ProjectRow & { [key: string]: unknown }>(`${SELECT} order by p.name`)).rows.map(projectOf),
    find: async (name) => {
      const row = await found(name)
      return row && projectOf(row)
    },
    get: async (name) => {
      const row = await found(name)
      if (row === undefined) throw missing('project', name)
      return projectOf(row)
    },
    create: async (name, settings, webhookSecret = newSecret()) => {
      const sealed = box.seal(webhookPlace(name), webhookSecret)
      const { rowCount } = await queries.query(
        'insert into projects (name, settings, webhook_secret) values ($1, $2, $3) on conflict do nothing',
        [name, settings, sealed],
      )
      if (rowCount === 0) {
        throw new ServerError('SERVER_CONFLICT', `Cannot create project "${name}": it exists already`, {
          hint: 'Choose another name, or update the project',
        })
      }
      return webhookSecret
    },
    update: (name, settings) =>
      mustExist(
        name,
        queries.query('update projects set settings = $2, updated_at = now() where name = $1', [name, settings]),
      ),
    delete: (name) => mustExist(name, queries.query('delete from projects where name = $1', [name])),
    getWithWebhookSecret: async (name) => {
      const known = await findForWebhook(name)
      if (known === undefined) throw missing('project', name)
      return known
    },
    rotateWebhookSecret: async (name) => {
      const secret = newSecret()
      const sealed = box.seal(webhookPlace(name), secret)
      await mustExist(name, queries.query('update projects set webhook_secret = $2 where name = $1', [name, sealed]))
      return secret
    },
    putSecret: (name, secret, value) =>
      mustExist(
        name,
        queries.query(
          `insert into project_secrets (project, name, value) select name, $2, $3 from projects where name = $1
           on conflict (project, name) do update set value = excluded.value`,
          [name, secret, box.seal(`${name}/${secret}`, value)],
        ),
      ),
    deleteSecret: async (name, secret) => {
      const { rowCount } = await queries.query('delete from project_secrets where project = $1 and name = $2', [
        name,
        secret,
      ])
      if (rowCount === 0) throw missing('secret', secret)
    },
    secrets: async (name) => {
      const { rows } = await queries.query<{ name: string; value: Buffer }>(
        'select name, value from project_secrets where project = $1',
        [name],
      )
      return new Map(rows.map((row) => [row.name, box.open(`${name}/${row.name}`, row.value)]))
    },
  }
}

export function missing(kind: string, name: string): ServerError {
  return new ServerError('SERVER_NOT_FOUND', `Cannot find ${kind} "${name}": there is none`, {
    hint: kind === 'project' ? 'Check the name; tsbuild server project ls lists the projects' : 'Check the address',
  })
}

function readProject(row: ProjectRow, publicUrl: string | undefined): Project {
  const webhookPath = `/hooks/${row.name}`
  return {
    name: row.name,
    settings: v.parse(projectSettings, row.settings),
    webhookPath,
    ...(publicUrl !== undefined && { webhookUrl: publicUrl.replace(/\/$/, '') + webhookPath }),
    secretNames: row.secret_names,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  }
}

function newSecret(): string {
  return randomBytes(24).toString('base64url')
}
