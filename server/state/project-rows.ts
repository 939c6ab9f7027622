import * as v from 'valibot'
import { type Project, projectSettings } from '../api/index.ts'
import type { Queries } from './database.ts'

export interface ProjectRow {
  readonly name: string
  readonly settings: unknown
  readonly webhook_secret: Buffer
  /** The previous one, while it is still accepted. */
  readonly old_webhook_secret: Buffer | null
  readonly old_webhook_secret_until: Date | null
  readonly created_at: Date
  readonly updated_at: Date
  readonly secret_names: string[]
}

const SELECT = `select p.*, coalesce((select array_agg(s.name order by s.name) from project_secrets s where s.project = p.name), '{}') as secret_names from projects p`

export async function allProjects(queries: Queries): Promise<readonly ProjectRow[]> {
  const { rows } = await queries.query<ProjectRow & { [key: string]: unknown }>(`${SELECT} order by p.name`)
  return rows
}

/** The existing ones, in any order. */
export async function projectsNamed(queries: Queries, names: readonly string[]): Promise<readonly ProjectRow[]> {
  const query = `${SELECT} where p.name = any($1)`
  const { rows } = await queries.query<ProjectRow & { [key: string]: unknown }>(query, [names])
  return rows
}

/** In the API's format. */
export function projectOf(row: ProjectRow, publicUrl: string | undefined): Project {
  const webhookPath = `/hooks/${row.name}`
  return {
    name: row.name,
    settings: v.parse(projectSettings, row.settings),
    webhookPath,
    ...(publicUrl !== undefined && { webhookUrl: publicUrl.replace(/\/$/, '') + webhookPath }),
    ...(acceptsOldSecret(row) && { oldWebhookSecretUntil: row.old_webhook_secret_until.toISOString() }),
    secretNames: row.secret_names,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  }
}

export function acceptsOldSecret<R extends Pick<ProjectRow, 'old_webhook_secret' | 'old_webhook_secret_until'>>(
  row: R,
): row is R & { readonly old_webhook_secret: Buffer; readonly old_webhook_secret_until: Date } {
  return row.old_webhook_secret !== null && Number(row.old_webhook_secret_until) > Date.now()
}
