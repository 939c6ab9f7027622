import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { ProjectSettings } from '../api/index.ts'
import { ServerError } from '../errors.ts'

export type Forge = ProjectSettings['repository']['forge']

/** A raw request: the body is not used before its signature is verified. */
export interface RawWebhook {
  readonly body: Buffer
  header(name: string): string | undefined
}

export interface WebhookProof {
  readonly deliveryId: string
  /** Present if the ID is not signed: the body then identifies the delivery. */
  readonly bodyDigest?: Buffer
}

interface Check {
  /** Two during a rotation. */
  readonly secrets: readonly string[]
  readonly nowMs: number
  readonly toleranceSeconds: number
}

/** Throws SERVER_BAD_SIGNATURE or SERVER_REPLAYED unless the forge proves that it knows the secret. */
export function verifyWebhook(forge: Forge, webhook: RawWebhook, check: Check): WebhookProof {
  switch (forge) {
    case 'github':
      return ofBody(webhook, check, { signature: 'x-hub-signature-256', prefix: 'sha256=', id: 'x-github-delivery' })
    case 'gitea':
      return ofBody(webhook, check, { signature: 'x-gitea-signature', prefix: '', id: 'x-gitea-delivery' })
    case 'forgejo': {
      const name = webhook.header('x-forgejo-signature') === undefined ? 'gitea' : 'forgejo'
      return ofBody(webhook, check, { signature: `x-${name}-signature`, prefix: '', id: `x-${name}-delivery` })
    }
    case 'bitbucket':
      return ofBody(webhook, check, { signature: 'x-hub-signature', prefix: 'sha256=', id: 'x-request-uuid' })
    case 'bitbucket-server':
      return ofBody(webhook, check, { signature: 'x-hub-signature', prefix: 'sha256=', id: 'x-request-id' })
    case 'gitlab':
      return webhook.header('webhook-signature') === undefined ? plainToken(webhook, check) : standard(webhook, check)
    case 'generic':
      return standard(webhook, check)
  }
}

interface Headers {
  readonly signature: string
  readonly prefix: string
  readonly id: string
}

function ofBody(webhook: RawWebhook, { secrets }: Check, { signature, prefix, id }: Headers): WebhookProof {
  const received = webhook.header(signature)
  if (received === undefined) throw badSignature(`the header ${signature} is missing`)
  const expected = secrets.map((secret) => prefix + createHmac('sha256', secret).update(webhook.body).digest('hex'))
  if (!isOneOf(received, expected)) throw badSignature('the signature does not match')
  const bodyDigest = createHash('sha256').update(webhook.body).digest()
  return { deliveryId: deliveryId(webhook.header(id)) ?? bodyDigest.toString('hex'), bodyDigest }
}

/** SPEC: standardwebhooks.com, `v1` signatures; there may be several during a key rotation. */
function standard(webhook: RawWebhook, { secrets, nowMs, toleranceSeconds }: Check): WebhookProof {
  const [id, timestamp, signatures] = ['id', 'timestamp', 'signature'].map((name) => webhook.header(`webhook-${name}`))
  if (!id || !timestamp || !signatures)
    throw badSignature('a header of webhook-id, webhook-timestamp, webhook-signature is missing')
  const signed = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), webhook.body])
  const expected = secrets.map((secret) => `v1,${createHmac('sha256', keyOf(secret)).update(signed).digest('base64')}`)
  const fits = signatures.split(' ').map((received) => isOneOf(received, expected))
  if (!fits.includes(true)) throw badSignature('the signature does not match')
  const ageSeconds = Math.abs(nowMs / 1000 - Number(timestamp))
  if (!(ageSeconds <= toleranceSeconds)) {
    throw new ServerError(
      'SERVER_REPLAYED',
      `Cannot accept the webhook: its timestamp is more than ${toleranceSeconds} seconds from now`,
      {
        hint: 'Check the clocks of both machines',
      },
    )
  }
  return { deliveryId: deliveryId(id) ?? '' }
}

function keyOf(secret: string): Buffer {
  return secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : Buffer.from(secret)
}

/** GitLab's older scheme: the secret itself, without a signature. */
function plainToken(webhook: RawWebhook, { secrets }: Check): WebhookProof {
  const received = webhook.header('x-gitlab-token')
  if (received === undefined) throw badSignature('neither header webhook-signature nor x-gitlab-token')
  if (!isOneOf(received, secrets)) throw badSignature('the token does not match')
  const digest = createHash('sha256').update(webhook.body).digest('hex')
  const event = webhook.header('x-gitlab-event-uuid')
  const id =
    webhook.header('idempotency-key') ??
    webhook.header('x-gitlab-webhook-uuid') ??
    // SPEC: events that webhooks have caused have the ID of the first one.
    (event && `${event.slice(0, 100)} ${digest}`)
  return { deliveryId: deliveryId(id) ?? digest }
}

/** In constant time, whatever the lengths. */
export function isSame(received: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(received), digest(expected))
}

/** Compares all of them. */
function isOneOf(received: string, expected: readonly string[]): boolean {
  return expected.map((one) => isSame(received, one)).includes(true)
}

function deliveryId(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : text.slice(0, 200)
}

const HINT = "Enter the project's webhook secret at the forge, and check the forge of the project"

export function badSignature(reason: string, hint = HINT): ServerError {
  return new ServerError('SERVER_BAD_SIGNATURE', `Cannot accept the webhook: ${reason}`, { hint })
}
