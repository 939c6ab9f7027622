import { ServerError } from '../errors.ts'
import type { BuildQueue } from '../queue/build-queue.ts'
import { enqueueBuilds, type NewBuild } from '../queue/enqueue-build.ts'
import type { Database, Queries } from '../state/database.ts'
import { isKnownDelivery, type NewDelivery, recordDeliveries } from '../state/deliveries.ts'
import { inBatches } from '../state/in-batches.ts'

export type WebhookResponse =
  /** The reason is that of refs that are not built. */
  | { readonly outcome: 'accepted'; readonly builds: readonly number[]; readonly reason?: string }
  | { readonly outcome: 'ignored'; readonly reason: string }
  | { readonly outcome: 'duplicate' }

/** One delivery and what it starts: a build for each ref. */
export interface VerifiedWebhook {
  readonly delivery: NewDelivery
  readonly builds: readonly Omit<NewBuild, 'delivery'>[]
}

export type AcceptWebhook = (webhook: VerifiedWebhook) => Promise<WebhookResponse>

const MAX_BATCH = 200

/**
 * A delivery and its builds are committed together before the response: an acknowledged webhook creates its builds
 * exactly once. Concurrent webhooks share a transaction.
 */
export function acceptWebhooks(database: Database, queue: BuildQueue): AcceptWebhook {
  const accept = inBatches<VerifiedWebhook, WebhookResponse | ServerError>(MAX_BATCH, (webhooks) =>
    database.transaction((queries) => acceptAll(queries, queue, webhooks)),
  )
  return async (webhook) => {
    const response = await accept(webhook)
    if (response instanceof ServerError) throw response
    return response
  }
}

async function acceptAll(
  queries: Queries,
  queue: BuildQueue,
  webhooks: readonly VerifiedWebhook[],
): Promise<readonly (WebhookResponse | ServerError)[]> {
  const ids = await recordDeliveries(
    queries,
    webhooks.map(({ delivery }) => delivery),
  )
  const fresh = webhooks.map(({ builds }, index) => {
    const delivery = ids[index]
    return delivery === undefined ? [] : builds.map((build) => ({ ...build, delivery }))
  })
  const started = [...(await enqueueBuilds(queries, queue, fresh.flat()))]
  const answers: (WebhookResponse | ServerError)[] = []
  for (const [index, { delivery, builds }] of webhooks.entries()) {
    if (ids[index] === undefined) answers.push(replayed(await isKnownDelivery(queries, delivery)))
    else if (builds.length > 0) answers.push(accepted(started.splice(0, builds.length), delivery.reason))
    else answers.push({ outcome: 'ignored', reason: delivery.reason ?? '' })
  }
  return answers
}

function accepted(builds: readonly number[], reason: string | undefined): WebhookResponse {
  return { outcome: 'accepted', builds, ...(reason !== undefined && { reason }) }
}

function replayed(isRepeated: boolean): WebhookResponse | ServerError {
  if (isRepeated) return { outcome: 'duplicate' }
  const message = 'Cannot accept the webhook: the same body was delivered before under another ID'
  return new ServerError('SERVER_REPLAYED', message, { hint: 'Start a build manually to build the commit again' })
}
