import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { projectSettings } from '../../../server/index.ts'
import { eventName, forgeEvents } from '../../../server/webhooks/forge-events.ts'
import { Fields } from '../../../server/webhooks/json-fields.ts'
import { matchTriggers } from '../../../server/webhooks/match-triggers.ts'
import { verifyWebhook } from '../../../server/webhooks/signatures.ts'

const settings = v.parse(projectSettings, {
  repository: { url: 'https://gitea.example.com/dev/app.git', forge: 'gitea' },
  triggers: { pullRequests: 'same-repository' },
})

// Recorded from Gitea 1.26 with the secret below: headers and unmodified bytes.
test.each([
  ['gitea-push', { build: expect.objectContaining({ ref: 'refs/heads/main', title: 'Add a file\n', author: 'Dev' }) }],
  ['gitea-tag', { build: expect.objectContaining({ ref: 'refs/tags/v1.2.3' }) }],
  [
    'gitea-pull-request',
    { build: expect.objectContaining({ ref: 'refs/pull/1/head', pullRequest: 1, title: 'A feature' }) },
  ],
  ['gitea-delete', { ignored: expect.any(String) }],
  ['gitea-pull-request-closed', { ignored: 'pull request was closed' }],
] as const)('%s is proven and decided', (name, expected) => {
  const text = readFileSync(join(import.meta.dirname, `../payloads/${name}.json`), 'utf8')
  const { headers, body } = JSON.parse(text) as { headers: Record<string, string>; body: string }
  const webhook = { body: Buffer.from(body), header: (header: string) => headers[header] }
  const check = { secrets: ['the secret of this test'], nowMs: 0, toleranceSeconds: 300 }
  expect(verifyWebhook('gitea', webhook, check).deliveryId).toMatch(/^[0-9a-f-]{36}$/)
  const events = forgeEvents.gitea.read(eventName('gitea', webhook), new Fields(JSON.parse(body)))
  expect(events.map((event) => matchTriggers(settings, event))).toEqual([expected])
})
