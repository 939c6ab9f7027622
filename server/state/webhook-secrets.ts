import { randomBytes } from 'node:crypto'
import type { Project } from '../api/index.ts'
import type { Queries } from './database.ts'
import { inBatches } from './in-batches.ts'
import { missing } from './missing.ts'
import { acceptsOldSecret, projectOf, projectsNamed } from './project-rows.ts'
import type { SecretBox } from './secret-box.ts'

export interface WebhookProject {
  readonly project: Project
  /** Newest first. */
  readonly secrets: readonly string[]
}

export interface NewWebhookSecret {
  /** Generated if absent. */
  readonly webhookSecret?: string
  readonly keepOldHours: number
}

/** Secrets with which webhooks of projects are signed. */
export interface WebhookSecrets {
  getWithWebhookSecret(name: string): Promise<WebhookProject>
  rotateWebhookSecret(name: string, fresh: NewWebhookSecret): Promise<string>
}

const BATCH = 200

export function openWebhookSecrets(queries: Queries, box: SecretBox, publicUrl?: string): WebhookSecrets {
  const find = inBatches<string, WebhookProject | undefined>(BATCH, async (names) => {
    const opened = new Map<string, WebhookProject>()
    for (const row of await projectsNamed(queries, [...new Set(names)])) {
      const sealed = acceptsOldSecret(row) ? [row.webhook_secret, row.old_webhook_secret] : [row.webhook_secret]
      const secrets = sealed.map((one) => box.open(webhookSecretName(row.name), one))
      opened.set(row.name, { project: projectOf(row, publicUrl), secrets })
    }
    return names.map((name) => opened.get(name))
  })
  return {
    getWithWebhookSecret: async (name) => {
      const known = await find(name)
      if (known === undefined) throw missing('project', name)
      return known
    },
    rotateWebhookSecret: async (name, { webhookSecret = newWebhookSecret(), keepOldHours }) => {
      const { rowCount } = await queries.query(
        `update projects set webhook_secret = $2,
           old_webhook_secret = case when $3::float8 > 0 then webhook_secret end,
           old_webhook_secret_until = now() + $3::float8 * interval '1 hour'
         where name = $1`,
        [name, box.seal(webhookSecretName(name), webhookSecret), keepOldHours],
      )
      if (rowCount === 0) throw missing('project', name)
      return webhookSecret
    },
  }
}

/** Associated data of the encryption of a webhook secret. */
export function webhookSecretName(name: string): string {
  return `${name}/:webhook`
}

/** In the format that libraries of Standard Webhooks decode; for other schemes it is an ordinary text. */
export function newWebhookSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`
}
