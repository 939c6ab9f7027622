import { ServerError } from '../errors.ts'
import { parseJson } from '../http/read-input.ts'
import type { BuildQueue } from '../queue/build-queue.ts'
import { enqueueBuild } from '../queue/enqueue-build.ts'
import type { Database } from '../state/database.ts'
import { isKnownDelivery, type NewDelivery, recordDelivery } from '../state/deliveries.ts'
import type { Projects } from '../state/projects.ts'
import { eventName, forgeEvents } from './forge-events.ts'
import { Fields } from './json-fields.ts'
import { matchTriggers } from './match-triggers.ts'
import { type RawWebhook, verifyWebhook } from './signatures.ts'

export interface WebhookParts {
  readonly database: Database
  readonly projects: Projects
  readonly queue: BuildQueue
  readonly toleranceSeconds: number
}

export type WebhookAnswer =
  | { readonly outcome: 'accepted'; readonly build: number }
  | { readonly outcome: 'ignored'; readonly reason: string }
  | { readonly outcome: 'duplicate' }

/** The delivery and its build are committed together before the answer: an acknowledged webhook has exactly one build. */
export async function receiveWebhook(parts: WebhookParts, name: string, webhook: RawWebhook): Promise<WebhookAnswer> {
  const { database, projects, queue, toleranceSeconds } = parts
  const { project, secret } = await projects.getWithWebhookSecret(name)
  const { settings } = project
  const { forge } = settings.repository
  const proof = verifyWebhook(forge, webhook, { secret, nowMs: Date.now(), toleranceSeconds })
  const event = eventName(forge, webhook)
  const decision = matchTriggers(settings, forgeEvents[forge].read(event, new Fields(parseWebhook(webhook))))
  if ('ignored' in decision && decision.ignored === 'ping') return { outcome: 'ignored', reason: 'ping' }
  const delivery: NewDelivery = {
    project: name,
    source: forge,
    event,
    ...proof,
    ...('ignored' in decision ? { outcome: 'ignored', reason: decision.ignored } : { outcome: 'accepted' }),
  }
  return database.transaction(async (queries): Promise<WebhookAnswer> => {
    const id = await recordDelivery(queries, delivery)
    if (id === undefined) return refuseReplay(await isKnownDelivery(queries, delivery))
    if ('ignored' in decision) return { outcome: 'ignored', reason: decision.ignored }
    const { pullRequest, fork, ...source } = decision.build
    const trigger = {
      kind: 'webhook',
      by: forge,
      ...(pullRequest !== undefined && { pullRequest }),
      ...(fork !== undefined && { fork }),
    } as const
    const build = await enqueueBuild(queries, queue, { project: name, settings, trigger, ...source, delivery: id })
    return { outcome: 'accepted', build }
  })
}

/** Bitbucket and GitLab send JSON, GitHub may send a form with the JSON in it. */
function parseWebhook({ body, header }: RawWebhook): unknown {
  if (!/^application\/x-www-form-urlencoded\b/.test(header('content-type') ?? '')) return parseJson(body)
  return parseJson(Buffer.from(new URLSearchParams(body.toString('utf8')).get('payload') ?? ''))
}

function refuseReplay(isRepeated: boolean): WebhookAnswer {
  if (isRepeated) return { outcome: 'duplicate' }
  throw new ServerError(
    'SERVER_REPLAYED',
    'Cannot accept the webhook: the same body was delivered before under another ID',
    {
      hint: 'Start a build by hand to build the commit again',
    },
  )
}
