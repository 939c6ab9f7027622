import { debuglog } from 'node:util'
import type { Digest, ImageReference } from '../../image-spec/index.ts'
import type { Subject } from '../name-object.ts'
import { apiUrl } from '../transport/api-url.ts'
import type { Transport } from '../transport/create-transport.ts'
import type { ExchangeRequest, ExchangeResponse } from '../transport/exchange.ts'
import { hasTimedOut, wasNeverThere } from '../transport/network-failure.ts'
import { isPage } from '../transport/response-error.ts'
import { isPassing } from '../transport/retry.ts'

export interface Lookup {
  readonly digest: Digest
  readonly scopes: readonly string[]
  /** Names the operation in errors. */
  readonly subject: Subject
  readonly signal?: AbortSignal | undefined
}

const debug = debuglog('tsbuild:registry')

/** Also false if the registry fails at look-ups only: as with docker, the upload decides. */
export async function hasBlob(
  transport: Transport,
  reference: ImageReference,
  { digest, scopes, subject, signal }: Lookup,
): Promise<boolean> {
  const { host } = reference
  const known = transport.experience.lookups.get(host)
  if (known === 'unanswered') return false
  const registry = await transport.findOrigin(host, signal)
  const url = apiUrl(registry.origin, reference, `blobs/${digest}`)
  try {
    const response = await find(transport, { method: 'HEAD', url, registry, scopes, signal, once: known !== undefined })
    if ((response.status === 200 || response.status === 206) && !isPage(response)) return true
    if (response.status === 404 || response.status === 400 || known !== undefined) return false
    const isRefused = response.status >= 500 || UNSUPPORTED.has(response.status)
    if (!isRefused) throw await transport.failure(response, { ...subject, server: reference })
    transport.experience.lookups.set(host, 'refused')
    debug('%s answered look-ups with %d', host, response.status)
  } catch (failure) {
    if (!isPassing(failure) || failure.status !== undefined || wasNeverThere(failure)) throw failure
    transport.experience.lookups.set(host, hasTimedOut(failure) ? 'unanswered' : 'refused')
    debug('look-up at %s failed: %s', host, failure.message)
  }
  return false
}

const UNSUPPORTED = new Set([405, 501])

async function find(transport: Transport, request: ExchangeRequest): Promise<ExchangeResponse> {
  const head = await transport.send(request)
  await head.discard()
  if (!UNSUPPORTED.has(head.status)) return head
  const first = await transport.send({ ...request, method: 'GET', headers: { range: 'bytes=0-0' } })
  await first.discard()
  return first
}
