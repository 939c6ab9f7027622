import { randomBytes } from 'node:crypto'
import type { Project } from '../api/index.ts'
import type { Queries } from './database.ts'
import { inBatches } from './in-batches.ts'
import { missing } from './missing.ts'
import { projectOf, projectsNamed } from './project-rows.ts'
import type { SecretBox } from './secret-box.ts'

export interface WebhookProject {
  readonly project: Project
  readonly secret: string
}

/** Secrets that webhooks of projects are signed with. */
export interface WebhookSecrets {
  getWithWebhookSecret(name: string): Promise<WebhookProject>
  rotateWebhookSecret(name: string): Promise<string>
}

const BATCH = 200

export function openWebhookSecrets(queries: Queries, box: SecretBox, publicUrl?: string): WebhookSecrets {
  const find = inBatches<string, WebhookProject | undefined>(BATCH, async (names) => {
    const opened = new Map<string, WebhookProject>()
    for (const row of await projectsNamed(queries, [...new Set(names)])) {
      const secret = box.open(webhookPlace(row.name), row.webhook_secret)
      opened.set(row.name, { project: projectOf(row, publicUrl), secret })
    }
    return names.map((name) => opened.get(name))
  })
  return {
    getWithWebhookSecret: async (name) => {
      const known = await find(name)
      if (known === undefined) throw missing('project', name)
      return known
    },
    rotateWebhookSecret: async (name) => {
      const secret = newWebhookSecret()
      const sealed = box.seal(webhookPlace(name), secret)
      const { rowCount } = await queries.query('update projects set webhook_secret = $2 where name = $1', [
        name,
        sealed,
      ])
      if (rowCount === 0) throw missing('project', name)
      return secret
    },
  }
}

/** What the encryption binds a secret to. */
export function webhookPlace(name: string): string {
  return `${name}/:webhook`
}

export function newWebhookSecret(): string {
  return randomBytes(24).toString('base64url')
}
