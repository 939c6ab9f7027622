import { messageOf } from '../../errors/index.ts'
import type { ProjectSettings } from '../api/index.ts'
import { ServerError } from '../errors.ts'
import { isOfType, parseJson } from '../http/read-input.ts'
import { maskText } from '../logs/mask-secrets.ts'
import type { NewDelivery } from '../state/deliveries.ts'
import type { Projects } from '../state/projects.ts'
import type { OpenSpan, Tracing } from '../tracing/tracing.ts'
import type { AcceptWebhook, WebhookResponse } from './accept-webhooks.ts'
import { eventName, eventsOf } from './forge-events.ts'
import { Fields } from './json-fields.ts'
import { type Decision, matchTriggers } from './match-triggers.ts'
import type { RepositoryEvent } from './repository-event.ts'
import { type Forge, type RawWebhook, verifyWebhook } from './signatures.ts'

export interface WebhookParts {
  readonly findProject: Projects['getWithWebhookSecret']
  readonly secretsOf: Projects['secrets']
  readonly accept: AcceptWebhook
  readonly toleranceSeconds: number
  readonly tracing?: Tracing | undefined
}

/** Uses the body only after verifying its signature. */
export async function receiveWebhook(parts: WebhookParts, name: string, webhook: RawWebhook): Promise<WebhookResponse> {
  const { project, secrets } = await parts.findProject(name)
  const { settings } = project
  const { forge } = settings.repository
  if (isUnsignedPing(forge, webhook)) return PING
  const proof = verifyWebhook(forge, webhook, { secrets, nowMs: Date.now(), toleranceSeconds: parts.toleranceSeconds })
  const event = eventName(forge, webhook)
  const events = eventsOf(forge, webhook, new Fields(parseWebhook(webhook)))
  if (events.some(({ kind }) => kind === 'ping')) return PING
  const decisions = decideAll(settings, events)
  // A ref that occurs twice is built once, in its last state.
  const sources = new Map(decisions.flatMap((one) => ('build' in one ? [[one.build.ref, one.build] as const] : [])))
  const delivery: NewDelivery = { project: name, source: forge, event, ...proof, ...outcomeOf(decisions) }
  const secretsOfBuilds = sources.size === 0 ? [] : [...(await parts.secretsOf(name)).values()]
  const builds = [...sources.values()].map(({ pullRequest, base, fork, ...source }) => {
    const request = {
      ...(pullRequest !== undefined && { pullRequest }),
      ...(base !== undefined && { base }),
      ...(fork !== undefined && { fork }),
    }
    return {
      project: name,
      settings,
      trigger: { kind: 'webhook', by: forge, ...request } as const,
      ...masked(source, secretsOfBuilds),
    }
  })
  const attributes = { 'tsbuild.project': name, 'tsbuild.forge': forge, 'tsbuild.event': event }
  const span = parts.tracing?.start(`webhook ${name}`, { attributes })
  try {
    const response = await parts.accept({ delivery, builds: builds.map((one) => ({ ...one, ...parentOf(span) })) })
    span?.end({ attributes: { 'tsbuild.outcome': response.outcome } })
    return response
  } catch (error) {
    span?.end({ failure: messageOf(error) })
    throw error
  }
}

/** SECURITY: commit messages may contain a secret of the project. */
function masked<Source extends { readonly title?: string; readonly author?: string }>(
  source: Source,
  secrets: readonly string[],
): Source {
  const { title, author } = source
  return {
    ...source,
    ...(title !== undefined && { title: maskText(title, secrets) }),
    ...(author !== undefined && { author: maskText(author, secrets) }),
  }
}

const PING: WebhookResponse = { outcome: 'ignored', reason: 'ping' }

/** Bitbucket Data Center does not sign the request of its button "Test connection". */
function isUnsignedPing(forge: Forge, webhook: RawWebhook): boolean {
  const isPing = forge === 'bitbucket-server' && eventName(forge, webhook) === 'diagnostics:ping'
  return isPing && webhook.header('x-hub-signature') === undefined
}

function parentOf(span: OpenSpan | undefined): { readonly traceparent?: string } {
  return { ...(span !== undefined && { traceparent: span.traceparent }) }
}

/** A ref that cannot be built does not prevent builds of the other refs of its push. */
function decideAll(settings: ProjectSettings, events: readonly RepositoryEvent[]): readonly Decision[] {
  return events.map((one) => {
    try {
      return matchTriggers(settings, one)
    } catch (error) {
      if (events.length === 1 || !(error instanceof ServerError)) throw error
      return { ignored: error.message }
    }
  })
}

/** Accepted if any build starts. Includes the reasons why refs are not built, without duplicates. */
function outcomeOf(decisions: readonly Decision[]): Pick<NewDelivery, 'outcome' | 'reason'> {
  const reasons = decisions.flatMap((decision) => ('ignored' in decision ? [decision.ignored] : []))
  const reason = [...new Set(reasons)].join('; ')
  if (reasons.length < decisions.length) return { outcome: 'accepted', ...(reason !== '' && { reason }) }
  return { outcome: 'ignored', reason: reason || 'it names no branch or tag' }
}

/** Bitbucket and GitLab send JSON, GitHub may send a form that contains JSON. */
function parseWebhook({ body, header }: RawWebhook): unknown {
  if (!isOfType(header('content-type'), 'application/x-www-form-urlencoded')) return parseJson(body)
  return parseJson(Buffer.from(new URLSearchParams(body.toString('utf8')).get('payload') ?? ''))
}
